import { where } from '../../ops/indexing.js';
import type { ConfigDict } from '../../serialization.js';
import type { Tensor } from '../../tensor.js';
import { RandomImageLayer, type RandomImageArgs } from './random_image.js';

export interface RandomFlipArgs extends RandomImageArgs {
  /** Default 'horizontalAndVertical': both, each by a draw of its own. */
  mode?: 'horizontal' | 'vertical' | 'horizontalAndVertical';
}

const kModes = ['horizontal', 'vertical', 'horizontalAndVertical'] as const;

/** Mirrors each image with probability one half while training (Keras). */
export class RandomFlip extends RandomImageLayer {
  static override readonly className: string = 'RandomFlip';
  static override readonly optionNames: readonly string[] = [
    ...RandomImageLayer.optionNames,
    'mode',
  ];
  readonly mode: (typeof kModes)[number];

  constructor(args: RandomFlipArgs = {}) {
    super(args);
    this.mode = this.options(args).choice('mode', kModes, 'horizontalAndVertical');
  }

  protected change(images: Tensor): Tensor {
    const flip = (x: Tensor, axis: number) =>
      where(this.draw(x, [0, 1]).less(0.5), x.reverse(axis), x);
    let y = images;
    if (this.mode !== 'vertical') y = flip(y, 2);
    if (this.mode !== 'horizontal') y = flip(y, 1);
    return y;
  }
}

export const randomFlip = (args?: RandomFlipArgs | ConfigDict): RandomFlip =>
  new RandomFlip(args as RandomFlipArgs);
