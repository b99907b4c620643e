/** Draws bundles of threads on a canvas. */
import type { Path } from './geometry.js';

export interface ThreadStyle {
  colour: string;
  /** How much of the thread is drawn, 0..1, from its beginning. */
  drawn: number;
  width: number;
  opacity: number;
}

/** Control points at the middle: a thread leaves and arrives along the figure's direction. */
function curve(path: Path, turned: boolean): [number, number, number, number] {
  const { x0, y0, x1, y1 } = path;
  return turned
    ? [x0, y0 + (y1 - y0) * 0.55, x1, y1 - (y1 - y0) * 0.55]
    : [x0 + (x1 - x0) * 0.5, y0, x1 - (x1 - x0) * 0.5, y1];
}

export function drawThread(
  context: CanvasRenderingContext2D,
  path: Path,
  turned: boolean,
  style: ThreadStyle,
): void {
  if (style.drawn <= 0 || style.opacity <= 0) return;
  const [cx0, cy0, cx1, cy1] = curve(path, turned);
  context.beginPath();
  context.moveTo(path.x0, path.y0);
  context.bezierCurveTo(cx0, cy0, cx1, cy1, path.x1, path.y1);
  if (style.drawn < 1) {
    // The control polygon is at least as long as the curve.
    const length =
      Math.hypot(cx0 - path.x0, cy0 - path.y0) +
      Math.hypot(cx1 - cx0, cy1 - cy0) +
      Math.hypot(path.x1 - cx1, path.y1 - cy1);
    context.setLineDash([length * style.drawn, length * 2]);
  } else {
    context.setLineDash([]);
  }
  context.strokeStyle = style.colour;
  context.lineWidth = style.width;
  context.globalAlpha = style.opacity;
  context.stroke();
  context.globalAlpha = 1;
}

/** The cloth between the first and the last thread of a ribbon. */
export function drawRibbon(
  context: CanvasRenderingContext2D,
  first: Path,
  last: Path,
  colour: string,
  opacity: number,
): void {
  const [a0, b0, a1, b1] = curve(first, true);
  const [c0, d0, c1, d1] = curve(last, true);
  context.beginPath();
  context.moveTo(first.x0, first.y0);
  context.bezierCurveTo(a0, b0, a1, b1, first.x1, first.y1);
  context.lineTo(last.x1, last.y1);
  context.bezierCurveTo(c1, d1, c0, d0, last.x0, last.y0);
  context.closePath();
  context.fillStyle = colour;
  context.globalAlpha = opacity;
  context.fill();
  context.globalAlpha = 1;
}
