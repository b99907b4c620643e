// One dense layer, called on two inputs: one kernel, two uses. Trained on what the first use returns alone, the
// second returns something else too, because there is only one kernel to move.
//
//   node examples/shared_layer.mjs
import * as hd from 'heddle';

await hd.ready();

const shared = hd.layers.dense({ units: 16, activation: 'relu', name: 'shared' });
const a = hd.input({ shape: [8], name: 'a' });
const b = hd.input({ shape: [8], name: 'b' });
const [outA, outB] = [shared.apply(a), shared.apply(b)];
const both = hd.model({ inputs: [a, b], outputs: [outA, outB] });
both.summary(); // `shared` appears once, with 144 parameters, connected to a and b

const xa = hd.randomUniform([64, 8], -1, 1, 'float32', 1);
const xb = hd.randomUniform([64, 8], -1, 1, 'float32', 2);
const target = hd.randomUniform([64, 16], 0, 1, 'float32', 3);

const onlyA = hd.model({ inputs: a, outputs: outA });
onlyA.compile({ optimizer: 'adam', loss: 'meanSquaredError' });

const before = both.predict([xa, xb])[1];
const { history } = await onlyA.fit(xa, target, { epochs: 20, verbose: 0 });
const after = both.predict([xa, xb])[1];

const change = hd.sub(after, before).abs().mean();
console.log(
  `loss of the first output: ${history.loss[0].toFixed(4)} -> ${history.loss.at(-1).toFixed(4)}`,
);
console.log(`mean change of the second output: ${(await change.data())[0].toFixed(4)}`);

// Which call pushed the weights where: both losses counted, each call's part of the gradient.
both.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
for (const { variable, parts, cosine } of await hd.attribution(both, [xa, xb], [target, target])) {
  const lengths = parts.map(({ call, norm }) => `call ${call.index}: ${norm.toFixed(4)}`);
  console.log(`${variable.name}: ${lengths.join(', ')}, cosine ${cosine[0][1].toFixed(3)}`);
}
