import { type Backend, setDefaultBackend } from '@softvq/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ditLossFigures, ditSamplingFigure, goldenDiT, schedules } from './golden/dit.js';
import { backends, expectFigures, openGolden } from './golden.js';

describe.each(backends)('DiT on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it.each(schedules)('samples as the golden loops of the %s schedule', async (schedule) => {
    const golden = await openGolden('dit');
    for (const respacing of ['10', 'ddim10'] as const) {
      expectFigures([await ditSamplingFigure(golden, { schedule, respacing }, backend)]);
    }
  });

  it.each(schedules)('computes the golden losses of the %s schedule', async (schedule) => {
    const golden = await openGolden('dit');
    const gradients = schedule === 'linear' ? Object.keys(goldenDiT(golden).parameters()).length : 0;
    expectFigures(await ditLossFigures(golden, schedule, backend), 3 + gradients);
  });
});
