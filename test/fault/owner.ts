/**
 * A house under heavy traffic, to be killed: `node test/fault/owner.ts DATA [quiet|busy [PORT]]`, or the part of it that
 * LEDGERLINE_ROLES names. Prints its address when it is ready.
 */
import { findMasterKey } from '@ledgerline/adapters/keys/master.ts'
import { readConfig } from '@ledgerline/ops/config.ts'
import { withInstallation } from '@ledgerline/ops/installation/installation.ts'
import { up } from '@ledgerline/ops/run/up.ts'
import { OWNED_AGENTS } from '../support/owners.ts'
import { rush } from '../support/rush.ts'

const silent = (): void => {}
const tell = (details: object, message: string): void => console.error(message, JSON.stringify(details))
const notes = { waitingForOthers: silent, waitingFor: silent, keyWasExposed: silent, trouble: silent, back: silent }

const config = readConfig(process.env, { data: process.argv[2] })

await withInstallation({ config, use: 'own', notes, graceMs: 10_000 }, (installation) =>
  up(installation, {
    port: Number(process.argv[4] ?? 0),
    roles: config.roles,
    nodeAddress: config.nodeAddress,
    masterKey: findMasterKey(config.directory)!.key,
    redis: config.redis,
    telephony: null,
    recordings: config.recordings,
    webPhones: null,
    demo: async () =>
      rush({
        callsPerSecond: process.argv[3] === 'quiet' ? 0 : 15,
        agents: OWNED_AGENTS,
        queues: 4,
        talkMs: 600,
        wrapUpMs: 100,
        seed: process.pid,
      }),
    logger: { debug: silent, warn: silent, error: tell },
    ready: ({ url }) => console.log(url),
  }),
)
