// MobileNetV2 as ONNX, exported by PyTorch into build/, once.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CannotDo } from './contender.mjs';
import { mobileNetWeights } from './mobilenet.mjs';
import { pythonWith } from './peers/torch.mjs';

const kFile = fileURLToPath(new URL('../../build/mobilenetv2-224.onnx', import.meta.url));

/** Its bytes. Throws CannotDo where it cannot be exported. */
export function onnxModel() {
  if (existsSync(kFile)) return readFileSync(kFile);
  const python = pythonWith('torch', 'onnx', 'numpy');
  if (!python) {
    throw new CannotDo('no Python with torch and onnx to export it (Debian: python3-onnx)');
  }
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  const weights = mobileNetWeights();
  const [shapes, data] = ['shapes.json', 'weights.bin'].map((name) => join(folder, name));
  writeFileSync(shapes, JSON.stringify(weights.map(({ shape }) => shape)));
  writeFileSync(data, Buffer.concat(weights.map(({ values }) => Buffer.from(values.buffer))));
  mkdirSync(dirname(kFile), { recursive: true });
  const script = fileURLToPath(new URL('native/export_mobilenet.py', import.meta.url));
  const { status, stderr } = spawnSync(python, [script, shapes, data, kFile]);
  rmSync(folder, { recursive: true });
  if (status !== 0) {
    rmSync(kFile, { force: true });
    throw new CannotDo(`its network could not be exported: ${String(stderr).trim()}`);
  }
  return readFileSync(kFile);
}
