/** The first lesson in a real browser, on the real library. One site and one browser for all. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { accessTests } from './access.js';
import { codeTests } from './code.js';
import { digitsTests } from './digits.js';
import { Site, type View, type Visit } from './site.js';
import { smallTests } from './small.js';
import { speedTests } from './speed.js';

let site: Site;
let visits: Visit[] = [];

beforeAll(async () => {
  site = await Site.start();
});
afterAll(() => site?.stop());

/** Every page that a test opens must have kept quiet. */
afterEach(async () => {
  const problems = visits.flatMap((visit) => visit.problems);
  await Promise.all(visits.map((visit) => visit.page.context().close()));
  visits = [];
  expect(problems).toEqual([]);
});

async function open(view?: View) {
  const visit = await site.open(view);
  visits.push(visit);
  return visit.page;
}

smallTests(open);
digitsTests(open);
codeTests(open);
accessTests(open);
speedTests(open);
