/**
 * The ten digits as pen paths, each in the few ways people write it.
 *
 * A glyph is a list of curves and a curve a list of points x0, y0, x1, y1, … in the unit box, y down.
 * A smooth (Catmull-Rom) curve runs through the points; where two curves of a glyph share an end
 * point the pen turns a corner. `weight` is how often the form is drawn among those of its digit.
 */
export interface Glyph {
  readonly weight: number;
  readonly curves: readonly (readonly number[])[];
}

/** Points on an ellipse from angle `from` to angle `to` (degrees, 0 = right, 90 = down). */
function arc(
  cx: number,
  cy: number,
  rx: number,
  ry: number,
  from: number,
  to: number,
  points: number,
): number[] {
  const path: number[] = [];
  for (let i = 0; i < points; i++) {
    const angle = ((from + ((to - from) * i) / (points - 1)) * Math.PI) / 180;
    path.push(cx + rx * Math.cos(angle), cy + ry * Math.sin(angle));
  }
  return path;
}

const kZero: Glyph[] = [
  { weight: 4, curves: [arc(0.5, 0.5, 0.31, 0.43, -80, -445, 13)] },
  { weight: 3, curves: [arc(0.5, 0.5, 0.37, 0.4, -100, -465, 13)] },
  { weight: 2, curves: [arc(0.5, 0.5, 0.23, 0.43, -70, -425, 13)] },
  // begun and ended at the top right, the ends passing each other
  {
    weight: 2,
    curves: [
      [
        0.66, 0.14, 0.5, 0.07, 0.28, 0.22, 0.19, 0.52, 0.28, 0.84, 0.5, 0.93, 0.73, 0.8, 0.8, 0.5,
        0.72, 0.2, 0.55, 0.1, 0.44, 0.16,
      ],
    ],
  },
];

const kOne: Glyph[] = [
  { weight: 6, curves: [[0.5, 0.05, 0.5, 0.35, 0.5, 0.65, 0.5, 0.95]] },
  { weight: 2, curves: [[0.54, 0.05, 0.51, 0.4, 0.49, 0.7, 0.48, 0.95]] },
  {
    weight: 1,
    curves: [
      [0.36, 0.24, 0.45, 0.17, 0.53, 0.05],
      [0.53, 0.05, 0.53, 0.5, 0.53, 0.95],
    ],
  },
  {
    weight: 0.5,
    curves: [
      [0.34, 0.22, 0.45, 0.15, 0.53, 0.05],
      [0.53, 0.05, 0.53, 0.5, 0.53, 0.95],
      [0.32, 0.95, 0.53, 0.94, 0.74, 0.94],
    ],
  },
];

const kTwo: Glyph[] = [
  // round top, straight base
  {
    weight: 3,
    curves: [
      [0.22, 0.27, 0.32, 0.12, 0.52, 0.06, 0.71, 0.15, 0.74, 0.34, 0.6, 0.56, 0.4, 0.75, 0.2, 0.93],
      [0.2, 0.93, 0.45, 0.91, 0.82, 0.91],
    ],
  },
  // a loop at the lower left
  {
    weight: 3,
    curves: [
      [
        0.22, 0.2, 0.4, 0.08, 0.62, 0.1, 0.7, 0.28, 0.62, 0.5, 0.46, 0.72, 0.3, 0.88, 0.18, 0.9,
        0.15, 0.8, 0.26, 0.73, 0.42, 0.79, 0.62, 0.89, 0.86, 0.87,
      ],
    ],
  },
  // nearly a z
  {
    weight: 1,
    curves: [
      [0.2, 0.16, 0.42, 0.08, 0.7, 0.11, 0.68, 0.3, 0.46, 0.6, 0.2, 0.9],
      [0.2, 0.9, 0.5, 0.86, 0.84, 0.9],
    ],
  },
  // wide base that swings up
  {
    weight: 2,
    curves: [
      [0.24, 0.3, 0.3, 0.14, 0.48, 0.06, 0.67, 0.14, 0.69, 0.34, 0.54, 0.58, 0.34, 0.78, 0.2, 0.88],
      [0.2, 0.88, 0.36, 0.8, 0.54, 0.87, 0.7, 0.93, 0.88, 0.84],
    ],
  },
];

const kThree: Glyph[] = [
  {
    weight: 4,
    curves: [
      [0.24, 0.16, 0.4, 0.06, 0.62, 0.08, 0.71, 0.24, 0.62, 0.4, 0.42, 0.47],
      [0.42, 0.47, 0.64, 0.5, 0.77, 0.66, 0.7, 0.86, 0.48, 0.95, 0.22, 0.86],
    ],
  },
  {
    weight: 2,
    curves: [
      [
        0.25, 0.2, 0.4, 0.08, 0.6, 0.1, 0.68, 0.24, 0.6, 0.4, 0.5, 0.47, 0.62, 0.52, 0.73, 0.68,
        0.66, 0.86, 0.44, 0.93, 0.2, 0.84,
      ],
    ],
  },
  // flat top
  {
    weight: 1,
    curves: [
      [0.24, 0.09, 0.48, 0.08, 0.72, 0.08],
      [0.72, 0.08, 0.58, 0.26, 0.44, 0.42],
      [0.44, 0.42, 0.66, 0.46, 0.77, 0.64, 0.7, 0.85, 0.48, 0.94, 0.22, 0.85],
    ],
  },
  // a small loop in the middle
  {
    weight: 1,
    curves: [
      [
        0.22, 0.17, 0.42, 0.06, 0.66, 0.12, 0.68, 0.31, 0.5, 0.45, 0.38, 0.5, 0.43, 0.53, 0.55,
        0.49, 0.73, 0.58, 0.75, 0.78, 0.56, 0.94, 0.24, 0.89,
      ],
    ],
  },
];

const kFour: Glyph[] = [
  // open: an L and a stem
  {
    weight: 4,
    curves: [
      [0.28, 0.08, 0.25, 0.3, 0.22, 0.52],
      [0.22, 0.52, 0.45, 0.53, 0.8, 0.5],
      [0.72, 0.1, 0.69, 0.5, 0.66, 0.94],
    ],
  },
  // open and round
  {
    weight: 3,
    curves: [
      [0.27, 0.1, 0.2, 0.32, 0.22, 0.5, 0.4, 0.56, 0.58, 0.5, 0.7, 0.4],
      [0.74, 0.08, 0.71, 0.4, 0.66, 0.94],
    ],
  },
  // closed: a triangle and a stem
  {
    weight: 2,
    curves: [
      [0.64, 0.06, 0.42, 0.34, 0.18, 0.62],
      [0.18, 0.62, 0.5, 0.62, 0.86, 0.6],
      [0.64, 0.06, 0.63, 0.5, 0.62, 0.95],
    ],
  },
  // square and narrow, the bar ending at the stem
  {
    weight: 2,
    curves: [
      [0.3, 0.1, 0.28, 0.3, 0.29, 0.48],
      [0.29, 0.48, 0.48, 0.5, 0.7, 0.46],
      [0.71, 0.07, 0.7, 0.46, 0.69, 0.95],
    ],
  },
];

const kFive: Glyph[] = [
  {
    weight: 3,
    curves: [
      [0.74, 0.09, 0.5, 0.1, 0.3, 0.11],
      [0.3, 0.11, 0.28, 0.28, 0.26, 0.45],
      [0.26, 0.45, 0.46, 0.39, 0.68, 0.48, 0.76, 0.68, 0.64, 0.88, 0.42, 0.94, 0.2, 0.85],
    ],
  },
  // in one line, like an s
  {
    weight: 2,
    curves: [
      [
        0.78, 0.1, 0.56, 0.09, 0.38, 0.14, 0.31, 0.3, 0.38, 0.44, 0.58, 0.53, 0.68, 0.7, 0.58, 0.89,
        0.38, 0.94, 0.18, 0.87,
      ],
    ],
  },
  // slanted bar, small bowl
  {
    weight: 2,
    curves: [
      [0.84, 0.06, 0.62, 0.1, 0.42, 0.13],
      [0.42, 0.13, 0.36, 0.3, 0.32, 0.46],
      [0.32, 0.46, 0.5, 0.44, 0.64, 0.56, 0.63, 0.77, 0.47, 0.91, 0.2, 0.92],
    ],
  },
];

const kSix: Glyph[] = [
  {
    weight: 4,
    curves: [
      [
        0.64, 0.06, 0.43, 0.22, 0.29, 0.48, 0.27, 0.74, 0.4, 0.93, 0.6, 0.92, 0.72, 0.76, 0.66,
        0.58, 0.5, 0.54, 0.36, 0.64, 0.29, 0.78,
      ],
    ],
  },
  {
    weight: 2,
    curves: [
      [
        0.5, 0.05, 0.37, 0.26, 0.29, 0.52, 0.3, 0.78, 0.44, 0.94, 0.64, 0.9, 0.74, 0.73, 0.64, 0.59,
        0.46, 0.6, 0.33, 0.74,
      ],
    ],
  },
  // narrow, the loop low
  {
    weight: 2,
    curves: [
      [
        0.58, 0.05, 0.47, 0.26, 0.38, 0.52, 0.36, 0.78, 0.45, 0.93, 0.57, 0.9, 0.63, 0.77, 0.56,
        0.67, 0.46, 0.7, 0.38, 0.8,
      ],
    ],
  },
];

const kSeven: Glyph[] = [
  {
    weight: 4,
    curves: [
      [0.2, 0.12, 0.48, 0.11, 0.78, 0.1],
      [0.78, 0.1, 0.64, 0.38, 0.52, 0.66, 0.44, 0.94],
    ],
  },
  {
    weight: 3,
    curves: [
      [0.21, 0.2, 0.23, 0.13, 0.5, 0.1, 0.74, 0.11, 0.74, 0.22, 0.62, 0.48, 0.53, 0.72, 0.48, 0.95],
    ],
  },
  // with the bar through the stem
  {
    weight: 1.5,
    curves: [
      [0.22, 0.12, 0.5, 0.11, 0.78, 0.1],
      [0.78, 0.1, 0.62, 0.4, 0.5, 0.68, 0.44, 0.95],
      [0.38, 0.53, 0.56, 0.51, 0.76, 0.5],
    ],
  },
  // with a small stroke down at the left
  {
    weight: 1.5,
    curves: [
      [0.22, 0.28, 0.22, 0.2, 0.24, 0.12],
      [0.24, 0.12, 0.5, 0.14, 0.76, 0.1],
      [0.76, 0.1, 0.7, 0.36, 0.66, 0.64, 0.64, 0.94],
    ],
  },
];

const kEight: Glyph[] = [
  // one line: an s, then back up
  {
    weight: 4,
    curves: [
      [
        0.68, 0.17, 0.52, 0.06, 0.34, 0.14, 0.33, 0.32, 0.5, 0.47, 0.67, 0.63, 0.68, 0.83, 0.5,
        0.95, 0.31, 0.84, 0.33, 0.64, 0.5, 0.48, 0.66, 0.33, 0.7, 0.18,
      ],
    ],
  },
  // two rings
  {
    weight: 2,
    curves: [arc(0.5, 0.27, 0.2, 0.21, 90, 455, 10), arc(0.5, 0.71, 0.24, 0.24, -90, 275, 10)],
  },
  // begun at the top, narrow and leaning
  {
    weight: 3,
    curves: [
      [
        0.6, 0.07, 0.4, 0.12, 0.37, 0.3, 0.52, 0.46, 0.62, 0.66, 0.56, 0.88, 0.42, 0.94, 0.34, 0.82,
        0.41, 0.62, 0.56, 0.44, 0.67, 0.26, 0.64, 0.11, 0.54, 0.07,
      ],
    ],
  },
];

const kNine: Glyph[] = [
  // ring and straight stem
  {
    weight: 4,
    curves: [
      [0.69, 0.24, 0.58, 0.09, 0.4, 0.09, 0.28, 0.25, 0.34, 0.43, 0.5, 0.47, 0.64, 0.37, 0.7, 0.2],
      [0.7, 0.2, 0.68, 0.5, 0.62, 0.94],
    ],
  },
  // ring and round stem
  {
    weight: 2,
    curves: [
      [
        0.68, 0.3, 0.63, 0.12, 0.45, 0.07, 0.29, 0.2, 0.29, 0.39, 0.44, 0.49, 0.61, 0.41, 0.69,
        0.25, 0.72, 0.46, 0.66, 0.73, 0.52, 0.91, 0.3, 0.93,
      ],
    ],
  },
  // small ring, long leaning stem
  {
    weight: 3,
    curves: [
      [
        0.64, 0.13, 0.5, 0.07, 0.35, 0.2, 0.33, 0.38, 0.46, 0.43, 0.6, 0.32, 0.68, 0.14, 0.63, 0.42,
        0.54, 0.7, 0.47, 0.95,
      ],
    ],
  },
];

/** The forms of each digit, by digit. */
export const kGlyphs: readonly (readonly Glyph[])[] = [
  kZero,
  kOne,
  kTwo,
  kThree,
  kFour,
  kFive,
  kSix,
  kSeven,
  kEight,
  kNine,
];
