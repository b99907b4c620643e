// Layers written as classes in JavaScript, the same text against both libraries.
import type * as tfjs from '@tensorflow/tfjs';
import type { Library } from './compare';

type Tensors = tfjs.Tensor | tfjs.Tensor[];
type Shapes = (number | null)[] | (number | null)[][];

const only = (inputs: Tensors): tfjs.Tensor => (Array.isArray(inputs) ? inputs[0]! : inputs);
const onlyShape = (shape: Shapes): (number | null)[] =>
  (Array.isArray(shape[0]) ? shape[0] : shape) as (number | null)[];

/** x · w + b, with a penalty on w. */
export function linear(l: Library, units: number, l2 = 0): tfjs.layers.Layer {
  class Linear extends l.layers.Layer {
    static className = 'Linear';
    private w!: ReturnType<Linear['addWeight']>;
    private b!: ReturnType<Linear['addWeight']>;

    override build(inputShape: Shapes): void {
      const width = onlyShape(inputShape).at(-1)!;
      const penalty = l2 > 0 ? (l.regularizers.l2({ l2 }) as never) : undefined;
      const init = l.initializers.glorotUniform({});
      this.w = this.addWeight('w', [width, units], 'float32', init, penalty);
      this.b = this.addWeight('b', [units], 'float32', l.initializers.zeros());
      this.built = true;
    }
    override computeOutputShape(inputShape: Shapes): Shapes {
      return [...onlyShape(inputShape).slice(0, -1), units];
    }
    override call(inputs: Tensors): Tensors {
      return l.tidy(() => l.add(l.matMul(only(inputs), this.w.read()), this.b.read()));
    }
  }
  return new Linear({});
}

/** softmax(q kᵀ / √width) v with projections of its own, over [batch, time, width]. */
export function selfAttention(l: Library, width: number): tfjs.layers.Layer {
  class SelfAttention extends l.layers.Layer {
    static className = 'SelfAttention';
    private projections!: ReturnType<SelfAttention['addWeight']>[];

    override build(inputShape: Shapes): void {
      const features = onlyShape(inputShape).at(-1)!;
      this.projections = ['q', 'k', 'v'].map((name) =>
        this.addWeight(name, [features, width], 'float32', l.initializers.glorotUniform({})),
      );
      this.built = true;
    }
    override computeOutputShape(inputShape: Shapes): Shapes {
      return [...onlyShape(inputShape).slice(0, -1), width];
    }
    override call(inputs: Tensors): Tensors {
      return l.tidy(() => {
        const x = only(inputs);
        const [batch, time, features] = x.shape as [number, number, number];
        const rows = x.reshape([batch * time, features]);
        const [q, k, v] = this.projections.map((p) =>
          rows.matMul(p.read()).reshape([batch, time, width]),
        );
        const scores = l.matMul(q!, k!, false, true).div(Math.sqrt(width));
        return l.matMul(l.softmax(scores), v!);
      });
    }
  }
  return new SelfAttention({});
}

/** x / rms(x) · gain. */
export function rootMeanSquareNorm(l: Library): tfjs.layers.Layer {
  class RootMeanSquareNorm extends l.layers.Layer {
    static className = 'RootMeanSquareNorm';
    private gain!: ReturnType<RootMeanSquareNorm['addWeight']>;

    override build(inputShape: Shapes): void {
      const width = onlyShape(inputShape).at(-1)!;
      this.gain = this.addWeight('gain', [width], 'float32', l.initializers.ones());
      this.built = true;
    }
    override call(inputs: Tensors): Tensors {
      return l.tidy(() => {
        const x = only(inputs);
        const rms = x.square().mean(-1, true).add(1e-3).sqrt();
        return x.div(rms).mul(this.gain.read());
      });
    }
  }
  return new RootMeanSquareNorm({});
}

/** x minus a running mean that training moves: a weight that is not trained but written in call. */
export function centred(l: Library): tfjs.layers.Layer {
  class Centred extends l.layers.Layer {
    static className = 'Centred';
    private mean!: ReturnType<Centred['addWeight']>;

    override build(inputShape: Shapes): void {
      const width = onlyShape(inputShape).at(-1)!;
      const init = l.initializers.zeros();
      this.mean = this.addWeight('mean', [width], 'float32', init, undefined, false);
      this.built = true;
    }
    override call(inputs: Tensors, kwargs: { training?: boolean }): Tensors {
      return l.tidy(() => {
        const x = only(inputs);
        const y = x.sub(this.mean.read());
        if (kwargs.training) this.mean.write(this.mean.read().mul(0.9).add(x.mean(0).mul(0.1)));
        return y;
      });
    }
  }
  return new Centred({});
}

/** Two inputs to two outputs: the sum and the product of both, weighted by feature. */
export function mixed(l: Library): tfjs.layers.Layer {
  class Mixed extends l.layers.Layer {
    static className = 'Mixed';
    private share!: ReturnType<Mixed['addWeight']>;

    override build(inputShape: Shapes): void {
      const width = onlyShape(inputShape).at(-1)!;
      this.share = this.addWeight('share', [width], 'float32', l.initializers.ones());
      this.built = true;
    }
    override computeOutputShape(inputShape: Shapes): Shapes {
      return inputShape;
    }
    override call(inputs: Tensors): Tensors {
      return l.tidy(() => {
        const [a, b] = inputs as [tfjs.Tensor, tfjs.Tensor];
        const share = l.sigmoid(this.share.read());
        return [a.mul(share).add(b.mul(l.sub(1, share))), a.mul(b).mul(share)];
      });
    }
  }
  return new Mixed({});
}

/** Pairwise products of features (a factorization machine's second order): [batch, n] → [batch, 1]. */
export function interactions(l: Library, factors: number): tfjs.layers.Layer {
  class Interactions extends l.layers.Layer {
    static className = 'Interactions';
    private v!: ReturnType<Interactions['addWeight']>;

    override build(inputShape: Shapes): void {
      const width = onlyShape(inputShape).at(-1)!;
      const init = l.initializers.randomNormal({ stddev: 0.1 });
      this.v = this.addWeight('v', [width, factors], 'float32', init);
      this.built = true;
    }
    override computeOutputShape(inputShape: Shapes): Shapes {
      return [onlyShape(inputShape)[0]!, 1];
    }
    override call(inputs: Tensors): Tensors {
      return l.tidy(() => {
        const x = only(inputs) as tfjs.Tensor2D;
        const v = this.v.read() as tfjs.Tensor2D;
        const ofSums = l.square(l.matMul(x, v));
        const sumOf = l.matMul(l.square(x), l.square(v));
        return l.sub(ofSums, sumOf).sum(1, true).mul(0.5);
      });
    }
  }
  return new Interactions({});
}
