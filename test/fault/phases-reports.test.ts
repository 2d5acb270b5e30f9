/** Reports that come late, twice, or in another order than things happened. */
import { armed, faultTable } from './phases.ts'

faultTable(
  'reports',
  [
    armed('report-late', { called: 'the next report and all after it are late', each: 'call' }),
    armed('report-late', {
      called: 'the next report and all after it are half a minute late',
      each: 'call',
      lastsMs: 60_000,
    }),
    armed('report-doubled', { called: 'every report comes twice', each: 'call', when: { chance: 1 }, lastsMs: 30_000 }),
    armed('report-overtaken', { called: 'reports overtake each other', each: 'call', when: { chance: 1 } }),
    armed('report-overtaken', {
      called: 'reports overtake each other by far',
      each: 'call',
      when: { chance: 1 },
      lastsMs: 40_000,
    }),
  ],
  4_000,
)
