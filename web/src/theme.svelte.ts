/** Light or dark: the system's choice until the reader makes one; and the palette as numbers. */
import { makeScale, type WeightScale } from './figure/scale.js';

type Theme = 'light' | 'dark';

export interface Palette {
  threads: Record<'a' | 'b', string>;
  ink: string;
  quiet: string;
  line: string;
  raised: string;
  paper: string;
  weights: WeightScale;
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (role: string) => style.getPropertyValue(`--${role}`).trim();
  return {
    threads: { a: colour('thread-1'), b: colour('thread-2') },
    ink: colour('ink'),
    quiet: colour('quiet'),
    line: colour('line'),
    raised: colour('raised'),
    paper: colour('paper'),
    weights: makeScale(colour('weight-negative'), colour('weight-zero'), colour('weight-positive')),
  };
}

class ThemeState {
  private readonly system = matchMedia('(prefers-color-scheme: dark)');
  current = $state<Theme>('light');
  palette = $state.raw<Palette>(readPalette());

  constructor() {
    this.settle();
    this.system.addEventListener('change', () => this.settle());
  }

  private settle(): void {
    const chosen = document.documentElement.dataset['theme'];
    this.current =
      chosen === 'dark' || chosen === 'light' ? chosen : this.system.matches ? 'dark' : 'light';
    this.palette = readPalette();
  }

  toggle(): void {
    const next: Theme = this.current === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset['theme'] = next;
    try {
      localStorage.setItem('theme', next);
    } catch {
      // A page that may not store anything keeps the choice until it is left.
    }
    this.settle();
  }
}

export const theme = new ThemeState();

const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** True where the reader asked for less motion: draw steps, no tweens. */
export function reducedMotion(): boolean {
  return calm.matches;
}
