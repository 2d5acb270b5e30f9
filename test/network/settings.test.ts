/** The telephone network as it is activated: ranges of extensions, and passwords that stay where nobody sees them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { catalogue } from '@ledgerline/core/catalogue.ts'
import { memoryVault } from '@ledgerline/adapters/keys/memory.ts'
import {
  checkConfiguration,
  configurationDecider,
  noConfiguration,
  type Activate,
  type Configuration,
} from '@ledgerline/core/configuration/configuration.ts'
import { Codec } from '@ledgerline/core/kernel/codec.ts'
import { switchboardEvents } from '@ledgerline/core/configuration/events.ts'
import { draftEvents } from '@ledgerline/core/draft/events.ts'
import { personalPaths } from '@ledgerline/core/kernel/event.ts'
import type { LogEvent } from '@ledgerline/core/kernel/log.ts'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import type { NetworkInput } from '@ledgerline/core/network/settings.ts'

const test = suite('settings of the network')

const decide = (network: NetworkInput, state: Configuration = noConfiguration) => {
  const command: Activate = { do: 'activate', zone: 'Asia/Shanghai', queues: [], agents: [], routes: [], network }
  return configurationDecider.decide(command, state, { at: 0, now: 0, newId: () => '' })
}
const activated = (network: NetworkInput, state: Configuration = noConfiguration): Configuration => {
  const [event] = decide(network, state)
  return event ? configurationDecider.evolve(state, { ...event, at: 0 }) : state
}
const numbers = (network: NetworkInput) => activated(network).network.extensions.map(({ number }) => number)

test('A3.2.1-bulk: a range creates its extensions, each with the settings of the range', () => {
  const { extensions } = activated({
    extensions: [{ number: '201-210', record: false, secret: 'one-for-all' }],
  }).network
  assert.equal(
    extensions.map(({ number }) => number),
    ['201', '202', '203', '204', '205', '206', '207', '208', '209', '210'],
  )
  assert.ok(extensions.every(({ record, secret, type }) => !record && secret === 'one-for-all' && type === 'line'))
})

test('A3.2.1-bulk: 101-110 creates 101 to 109: 110 is the police, and the check says that it is left out', () => {
  const network = { extensions: [{ number: '101-110' }] }
  assert.equal(numbers(network), ['101', '102', '103', '104', '105', '106', '107', '108', '109'])
  const command: Activate = { do: 'activate', zone: 'Asia/Shanghai', queues: [], agents: [], routes: [], network }
  assert.equal(
    [...checkConfiguration(command, noConfiguration)].map(({ problem, refuses }) => [
      problem.code,
      problem.details,
      refuses,
    ]),
    [['network.range_skips', { range: '101-110', extension: '110' }, false]],
  )
})

test('A3.2.1-bulk: zeros in front are kept; one number is a range too', () => {
  assert.equal(numbers({ extensions: [{ number: '008-011' }] }), ['008', '009', '010', '011'])
  assert.equal(numbers({ extensions: [{ number: '200-200' }, { number: '0200' }] }), ['200', '0200'])
})

test('A3.2.1-bulk: what is no range is refused, and so is a number that two ranges have', () => {
  const refused = (network: NetworkInput): string | null => {
    try {
      decide(network)
      return null
    } catch (error) {
      if (!isProblem(error)) throw error
      return error.code
    }
  }
  for (const number of ['110-101', '98-103', '1-9', '10000-20000', '00000000001-00000000002'])
    assert.is(refused({ extensions: [{ number }] }), 'network.range_invalid', number)
  assert.is(refused({ extensions: [{ number: '201-210' }, { number: '205-220' }] }), 'switchboard.twice')
  assert.is(refused({ extensions: [{ number: '201-210' }, { number: '210' }] }), 'switchboard.twice')
})

/** Every password of the configuration, by the path of its field. */
const secrets = Object.entries({ ...switchboardEvents, ...draftEvents }).flatMap(([type, { schema }]) =>
  personalPaths(schema).flatMap(({ secret, steps }) => (secret ? [`${type}.${steps.join('.')}`] : [])),
)

const withPasswords = (secret?: string | null): NetworkInput => ({
  extensions: [{ number: '101', ...(secret !== undefined && { secret }) }],
  gateways: [{ code: 'gw1', mode: 'nni', address: '192.168.4.130', ...(secret !== undefined && { secret }) }],
})
const passwordsOf = ({ network: { extensions, gateways } }: Configuration) =>
  [...extensions, ...gateways].map(({ secret }) => secret)

test('A3.2.1-password, A3.2.6-add: a password left out or null stays in force; an empty one removes it', () => {
  // Whoever adds a password to the settings also says here what becomes of it.
  assert.equal(secrets, [
    'SwitchboardActivated.network.extensions.*.secret',
    'SwitchboardActivated.network.gateways.*.secret',
    'SwitchboardSectionStored.network.extensions.*.secret',
    'SwitchboardSectionStored.network.gateways.*.secret',
    // The draft: the same rules, in `draft.test.ts`.
    'DraftChanged.changes.*.before.extensions.secret',
    'DraftChanged.changes.*.before.gateways.secret',
    'DraftChanged.changes.*.after.extensions.secret',
    'DraftChanged.changes.*.after.gateways.secret',
  ])
  const first = activated(withPasswords('s3cret'))
  assert.equal(passwordsOf(first), ['s3cret', 's3cret'])
  assert.equal(decide(withPasswords(), first), [], 'nothing changes')
  assert.equal(decide(withPasswords(null), first), [], 'nothing changes')
  assert.equal(passwordsOf(activated(withPasswords('other'), first)), ['other', 'other'])
  const none = activated(withPasswords(''), first)
  assert.equal(passwordsOf(none), [null, null])
  assert.equal(passwordsOf(activated(withPasswords(), none)), [null, null])
  // A new number is another phone.
  const moved = activated({ extensions: [{ number: '102' }], gateways: [] }, first)
  assert.equal(passwordsOf(moved), [null])
})

test('A3.2.1-password, A3.2.6-add: passwords are sealed, under a key that is no person’s', async () => {
  const vault = memoryVault()
  const codec = new Codec(catalogue, vault)
  const [event] = decide(withPasswords('s3cret'))
  const meta = { tenant: 't', actor: 'x', at: 1, origin: 'live', correlation: null, causation: null } as const
  const [stored] = await codec.encode([{ id: 'e', event: event!, meta }])
  assert.not(stored!.data.includes('s3cret'))
  const row = {
    ...stored!,
    stream: 'switchboard-t.configuration',
    revision: 0,
    position: '1',
    recordedAt: 1,
  } as LogEvent
  // The extension’s number may be somebody’s number too: forgetting them changes nothing here.
  for (const identity of ['101', 'gw1', 's3cret']) await vault.forget('t', vault.subject('t', identity))
  const [read] = await codec.decodeAll([row])
  assert.equal(read!.data, event!.data)
})

test.run()
