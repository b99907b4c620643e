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

/**
 * A glyph as text: a point is two digits of x and two of y, in hundredths; at a `+` the pen turns a
 * corner, at a comma it is lifted.
 */
function form(weight: number, path: string): Glyph {
  const curves = path.replace(/(\d+)\+/g, '$1,$1').split(',');
  return {
    weight,
    curves: curves.map((curve) => curve.match(/\d\d/g)!.map((digits) => Number(digits) / 100)),
  };
}

const kZero: Glyph[] = [
  { weight: 4, curves: [arc(0.5, 0.5, 0.31, 0.43, -80, -445, 13)] },
  { weight: 3, curves: [arc(0.5, 0.5, 0.37, 0.4, -100, -465, 13)] },
  { weight: 2, curves: [arc(0.5, 0.5, 0.23, 0.43, -70, -425, 13)] },
  // begun and ended at the top right, the ends passing each other
  form(2, '6614 5007 2822 1952 2884 5093 7380 8050 7220 5510 4416'),
  // the pen ends inside, with a curl
  form(1.5, '5220 4010 2426 1856 3086 5492 7674 8042 6614 4608'),
];

const kOne: Glyph[] = [
  form(6, '5005 5035 5065 5095'),
  form(2, '5405 5140 4970 4895'),
  form(1, '3624 4517 5305+5350 5395'),
  form(0.8, '3422 4515 5305+5350 5395,3295 5394 7494'),
];

const kTwo: Glyph[] = [
  // round top, straight base
  form(3, '2227 3212 5206 7115 7434 6056 4075 2093+4591 8291'),
  // a loop at the lower left
  form(3, '2220 4008 6210 7028 6250 4672 3088 1890 1580 2673 4279 6289 8687'),
  // nearly a z
  form(1, '2016 4208 7011 6830 4660 2090+5086 8490'),
  // wide base that swings up
  form(2, '2430 3014 4806 6714 6934 5458 3478 2088+3680 5487 7093 8884'),
  // the top nearly closed, the base looped
  form(1.5, '3636 2522 4008 6312 6834 5262 3284 1690 1480 2774 4682 8493'),
  // an angular z with a long base
  form(1, '1812 4010 6812+4846 2284+5085 9084'),
];

const kThree: Glyph[] = [
  form(4, '2416 4006 6208 7124 6240 4247+6450 7766 7086 4895 2286'),
  form(2, '2520 4008 6010 6824 6040 5047 6252 7368 6686 4493 2084'),
  // flat top
  form(1, '2409 4808 7208+5826 4442+6646 7764 7085 4894 2285'),
  // a small loop in the middle
  form(1, '2217 4206 6612 6831 5045 3850 4353 5549 7358 7578 5694 2489'),
];

const kFour: Glyph[] = [
  // open: an L and a stem
  form(4, '2808 2530 2252+4553 8050,7210 6950 6694'),
  // open and round
  form(3, '2710 2032 2250 4056 5850 7040,7408 7140 6694'),
  // closed: a triangle and a stem
  form(2, '6406 4234 1862+5062 8660,6406 6350 6295'),
  // square and narrow, the bar ending at the stem
  form(2, '3010 2830 2948+4850 7046,7107 7046 6995'),
  // closed, the triangle bulging
  form(1.5, '6406 4228 2452+5056 7648,6606 6450 6095'),
];

const kFive: Glyph[] = [
  form(3, '7409 5010 3011+2828 2645+4639 6848 7668 6488 4294 2085'),
  // in one line, like an s
  form(2, '7810 5609 3814 3130 3844 5853 6870 5889 3894 1887'),
  // slanted bar, small bowl
  form(2, '8406 6210 4213+3630 3246+5044 6456 6377 4791 2092'),
  // a long flat bar, the bowl small and low
  form(2, '8810 6211 3615+3228 2842+4541 5853 5873 4288 1692'),
  // the bar drawn last, not touching
  form(1, '3414 3128 2942+4840 6852 6976 5292 2490,4212 6009 8406'),
];

const kSix: Glyph[] = [
  form(4, '6406 4322 2948 2774 4093 6092 7276 6658 5054 3664 2978'),
  form(2, '5005 3726 2952 3078 4494 6490 7473 6459 4660 3374'),
  // narrow, the loop low
  form(2, '5805 4726 3852 3678 4593 5790 6377 5667 4670 3880'),
  // wide, the loop as large as the digit
  form(2, '4806 3030 2260 3086 5293 7582 7361 5455 3668 3184'),
];

const kSeven: Glyph[] = [
  form(4, '2012 4811 7810+6438 5266 4494'),
  form(3, '2120 2313 5010 7411 7422 6248 5372 4895'),
  // with the bar through the stem
  form(1.5, '2212 5011 7810+6240 5068 4495,3853 5651 7650'),
  // with a small stroke down at the left
  form(1.5, '2228 2220 2412+5014 7610+7036 6664 6494'),
  // a hook at the left, a straight stem
  form(1.5, '2030 2413 4414 7010+6340 5970 5795'),
  // a wavy top, the stem crossed
  form(1, '1822 3011 5018 7610+6240 5268 4495,3654 5652 7848'),
];

const kEight: Glyph[] = [
  // one line: an s, then back up
  form(4, '6817 5206 3414 3332 5047 6763 6883 5095 3184 3364 5048 6633 7018'),
  // two rings
  {
    weight: 2,
    curves: [arc(0.5, 0.27, 0.2, 0.21, 90, 455, 10), arc(0.5, 0.71, 0.24, 0.24, -90, 275, 10)],
  },
  // begun at the top, narrow and leaning
  form(3, '6007 4012 3730 5246 6266 5688 4294 3482 4162 5644 6726 6411 5407'),
  // an s that closes with a straight line
  form(3, '7412 5206 3216 4036 5650 6470 5293 3484 4262 6240 7614'),
  // the same with a large lower loop, open at the top
  form(2, '7010 4408 2820 4242 6660 7280 5495 3484 4460 6436 7813'),
  // begun in the middle
  form(2, '5047 3332 4010 6208 6827 5047 3068 3692 6093 7072 5047'),
];

const kNine: Glyph[] = [
  // ring and straight stem
  form(4, '6924 5809 4009 2825 3443 5047 6437 7020+6850 6294'),
  // ring and round stem
  form(2, '6830 6312 4507 2920 2939 4449 6141 6925 7246 6673 5291 3093'),
  // small ring, long leaning stem
  form(3, '6413 5007 3520 3338 4643 6032 6814 6342 5470 4795'),
  // a wide ring, an upright stem
  form(2, '6616 4608 2720 2540 4247 6037 7017+7050 6994'),
  // open at the top
  form(0.5, '6008 4012 2730 3646 5442 6822+6456 5895'),
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
