/**
 * Draws on animation frames only. `draw(dt)` gets the milliseconds since the last frame and returns
 * true while it wants another; `ask()` wants one (any number of asks make one frame).
 */
export interface Painter {
  ask(): void;
  stop(): void;
}

export function paintOnFrames(draw: (dt: number) => boolean): Painter {
  let request = 0;
  let last = 0;
  const run = (now: number) => {
    request = 0;
    // After a rest the time since the last frame says nothing: count one frame.
    const dt = now - last > 100 ? 16 : now - last;
    last = now;
    if (draw(dt)) painter.ask();
  };
  const painter: Painter = {
    ask: () => {
      if (!request) request = requestAnimationFrame(run);
    },
    stop: () => cancelAnimationFrame(request),
  };
  return painter;
}

/** How far an eased value goes in `dt`: it halves its distance every `half` milliseconds. */
export function ease(dt: number, half: number): number {
  return 1 - 2 ** (-dt / half);
}

/** A share of the way to `goal`; all of it once what is left is too little to see at this scale. */
export function toward(value: number, goal: number, share: number, scale = goal): number {
  const left = goal - value;
  return Math.abs(left) < 0.003 * Math.abs(scale) ? goal : value + left * share;
}

/** Sizes a canvas to its box in device pixels; returns its context in CSS pixels, cleared. */
export function clearCanvas(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const density = Math.min(3, window.devicePixelRatio || 1);
  const [w, h] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const context = canvas.getContext('2d')!;
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
