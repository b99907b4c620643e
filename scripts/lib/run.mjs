// Running commands with visible progress, and the small file helpers the scripts share.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const fromRoot = (...parts) => join(root, ...parts);

/** An error whose message is meant for the reader as it is, without a stack. */
export class Stop extends Error {}

const kTailLines = 60;
const kTickMs = { live: 500, plain: 10_000 }; // how often a long step shows that it works

export function which(command) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

export const anyExists = (paths) => paths.find((path) => existsSync(path));

/** The output of a quick command, trimmed; undefined if it fails or does not exist. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: 'utf8', ...options });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

function oneLine(text) {
  const width = (process.stdout.columns ?? 100) - 1;
  return text.replace(/[^\x20-\x7e]/g, ' ').slice(0, width);
}

/**
 * Runs a command whose output matters only if it fails: one line while it works, one when it is done.
 * On failure its last lines are shown and a Stop is thrown.
 */
export function step(title, command, args, options = {}) {
  const started = Date.now();
  const live = process.stdout.isTTY === true;
  const tail = [];
  if (!live) console.log(`  ${title} ...`);
  else process.stdout.write(`  ${title} ...`);

  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    const listen = (chunk) => {
      for (const line of chunk.toString().split(/[\r\n]+/)) {
        if (line.trim() === '') continue;
        tail.push(line);
        if (tail.length > kTailLines) tail.shift();
      }
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    const tick = () => {
      const line = oneLine(`  ${title} ... ${seconds(started)}  ${(tail.at(-1) ?? '').trim()}`);
      if (live) process.stdout.write(`\r\x1b[K${line}`);
      else console.log(line);
    };
    const timer = setInterval(tick, live ? kTickMs.live : kTickMs.plain);
    const wipe = live ? '\r\x1b[K' : '';
    child.on('error', (error) => {
      clearInterval(timer);
      process.stdout.write(wipe);
      fail(new Stop(`${title}: ${command} could not be started (${error.message})`));
    });
    child.on('close', (code, signal) => {
      clearInterval(timer);
      process.stdout.write(wipe);
      if (code === 0) {
        console.log(`  ${title}: done in ${seconds(started)}`);
        done();
      } else {
        const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
        const shown = [command, ...args].join(' ');
        fail(new Stop(`${tail.join('\n')}\n\n${title}: \`${shown}\` ${how}`));
      }
    });
  });
}

/** Runs a command with its output passed straight through; resolves to its exit code. */
export function passThrough(command, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      ...options,
    });
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      done(127);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** The main of a script: a Stop is printed as its message, anything else with its stack. */
export function main(body) {
  body().catch((error) => {
    console.error(error instanceof Stop ? `\n${error.message}\n` : error);
    process.exitCode = 1;
  });
}
