/** Configuration from environment and options. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isProblem } from '@ledgerline/core/kernel/problem.ts'
import { describe } from '@ledgerline/core/problems.ts'
import { languageOf, projectRoot, readConfig } from '@ledgerline/ops/config.ts'
import { problems } from '@ledgerline/ops/problems.ts'

/** The line that a configuration is refused with. */
function refusal(env: NodeJS.ProcessEnv): string {
  try {
    readConfig(env)
  } catch (error) {
    if (isProblem(error)) return describe(error, 'en', problems)
    throw error
  }
  return 'accepted'
}

const test = suite('configuration')

test('needs nothing', () => {
  assert.equal(readConfig({}), {
    directory: `${projectRoot}/.data`,
    port: 4280,
    databases: null,
    eventStore: null,
    masterKey: null,
    roles: ['api', 'switchboard', 'projector'],
    nodeAddress: { host: '127.0.0.1', port: 0 },
    redis: null,
    telephony: null,
    webPhones: null,
    iceServers: [],
    recordings: { kind: 'directory', directory: `${projectRoot}/.data/recordings` },
    callRecordHook: null,
    chainSigner: { kind: 'own', file: `${projectRoot}/.data/chain.key` },
    requestDays: 30,
    language: 'en',
    connectionLimits: { connections: { inAll: 2_000, ofOne: 1_600 }, streams: { inAll: 500, ofOne: 400 } },
    watchdogMs: 10_000,
    debug: false,
  })
})

test('who signs the chain: a key that is given, or a program and its public key; never both, nor half of it', () => {
  const [key, program, publicKey] = ['/k.pem', '/bin/sign', '/p.pem']
  assert.equal(readConfig({ LEDGERLINE_CHAIN_KEY: key }).chainSigner, { kind: 'key', key })
  const both = { LEDGERLINE_CHAIN_SIGNER: program, LEDGERLINE_CHAIN_PUBLIC_KEY: publicKey }
  assert.equal(readConfig(both).chainSigner, { kind: 'program', program, publicKey })
  assert.match(refusal({ LEDGERLINE_CHAIN_SIGNER: program }), 'Only one of LEDGERLINE_CHAIN_SIGNER')
  assert.match(refusal({ LEDGERLINE_CHAIN_PUBLIC_KEY: publicKey }), 'Only one of LEDGERLINE_CHAIN_SIGNER')
  assert.match(refusal({ ...both, LEDGERLINE_CHAIN_KEY: key }), 'cannot be used together')
})

test('how many connections are accepted: in total and from one address, and streams leave room for others', () => {
  assert.equal(readConfig({ LEDGERLINE_CONNECTIONS: '100/50' }).connectionLimits, {
    connections: { inAll: 100, ofOne: 50 },
    streams: { inAll: 50, ofOne: 25 },
  })
  assert.equal(readConfig({ LEDGERLINE_CONNECTIONS: '100/50', LEDGERLINE_STREAMS: '99/49' }).connectionLimits.streams, {
    inAll: 99,
    ofOne: 49,
  })
  for (const wrong of ['0/1', '10', '10/20', '10/0', '-1/1', '1e3/2', '9999999/1'])
    assert.match(refusal({ LEDGERLINE_CONNECTIONS: wrong }), 'Give one such as: 2000/1600')
  for (const env of [
    { LEDGERLINE_STREAMS: '2000/400' },
    { LEDGERLINE_STREAMS: '500/400', LEDGERLINE_CONNECTIONS: '1000/400' },
    { LEDGERLINE_CONNECTIONS: '1/1' },
  ]) {
    assert.match(refusal(env), 'less than LEDGERLINE_CONNECTIONS')
  }
})

test('options take precedence over the environment', () => {
  const config = readConfig({ LEDGERLINE_DATA: '/srv/one', LEDGERLINE_PORT: '81' }, { data: '/srv/two', port: 0 })
  assert.equal([config.directory, config.port], ['/srv/two', 0])
})

test('an empty setting does not count', () => {
  assert.is(readConfig({ LEDGERLINE_PORT: '', DATABASE_URL: '' }).databases, null)
})

test('puts the log next to the tables of a server that is named', () => {
  const named = readConfig({ DATABASE_URL: 'postgres://me:secret@db:5433/callcentre' }).databases
  assert.equal(named, {
    tables: 'postgres://me:secret@db:5433/callcentre',
    log: 'postgres://me:secret@db:5433/callcentre_log',
  })
})

test('or where LOG_DATABASE_URL says, which is invalid alone', () => {
  assert.is(
    readConfig({ DATABASE_URL: 'postgres://db/a', LOG_DATABASE_URL: 'postgres://other/b' }).databases!.log,
    'postgres://other/b',
  )
  assert.match(refusal({ LOG_DATABASE_URL: 'postgres://other/b' }), 'LOG_DATABASE_URL is set without DATABASE_URL.')
})

test('roles are those named, in whatever order, and several processes need a server that all can reach', () => {
  const database = { DATABASE_URL: 'postgres://db/a' }
  assert.equal(readConfig({ ...database, LEDGERLINE_ROLES: 'projector, api' }).roles, ['api', 'projector'])
  assert.equal(readConfig({ ...database, LEDGERLINE_ROLES: 'api' }, { roles: ['switchboard'] }).roles, ['switchboard'])
  assert.match(refusal({ LEDGERLINE_ROLES: 'api' }), 'DATABASE_URL is not set')
  assert.match(refusal({ ...database, LEDGERLINE_ROLES: 'dialler' }), 'Give one such as: api,switchboard,projector.')
  assert.equal(readConfig({ LEDGERLINE_NODE_ADDRESS: '[::1]:4290' }).nodeAddress, { host: '::1', port: 4290 })
  assert.match(refusal({ LEDGERLINE_NODE_ADDRESS: '4290' }), 'Give one such as: 127.0.0.1:4290.')
})

test('EventStoreDB is the log if it is named', () => {
  assert.is(readConfig({}).eventStore, null)
  assert.equal(readConfig({ EVENT_LOG: 'esdb://localhost:2113?tls=false' }).eventStore, {
    url: 'esdb://localhost:2113?tls=false',
    reader: 'own',
  })
  assert.equal(readConfig({ EVENT_LOG: 'kurrentdb+discover://a:2113', EVENT_LOG_READER: 'official' }).eventStore, {
    url: 'kurrentdb+discover://a:2113',
    reader: 'official',
  })
  const cluster = 'esdb+discover://admin:secret@a:2111,b:2112,c?tls=true&tlsCAFile=/certificates/ca.crt'
  assert.is(readConfig({ EVENT_LOG: cluster }).eventStore!.url, cluster)
  assert.match(refusal({ EVENT_LOG: 'esdb://' }), 'EVENT_LOG has a wrong value')
  assert.match(
    refusal({ EVENT_LOG: 'postgres://db/log' }),
    'Give one such as: esdb://user:password@host:2113?tls=true.',
  )
})

test('a wrong value is reported with what would be right, and without the value, which may be a password', () => {
  const line = refusal({ DATABASE_URL: 'mysql://me:secret@db' })
  assert.is(
    line,
    'The setting DATABASE_URL has a wrong value. Give one such as: postgres://user:password@host:5432/ledgerline.',
  )
  assert.match(refusal({ LEDGERLINE_PORT: 'http' }), 'LEDGERLINE_PORT has a wrong value. Give one such as: 4280.')
  assert.match(refusal({ LEDGERLINE_PORT: '70000' }), 'LEDGERLINE_PORT has a wrong value.')
  assert.match(refusal({ LEDGERLINE_LANG: 'de' }), 'Give one such as: zh, en.')
})

test('the servers of the telephone network are named together, several of each, with their passwords', () => {
  const { telephony } = readConfig({
    DRACHTIO_URL: 'drachtio://:cymru@sip1:9022, drachtio://:cy%2Cmru@sip2',
    FREESWITCH_URL: 'esl://:ClueCon@[::1]:8021',
    LEDGERLINE_DATA: '/data',
  })
  assert.equal(telephony?.drachtio, [
    { host: 'sip1', port: 9022, secret: 'cymru' },
    { host: 'sip2', port: 9022, secret: 'cy,mru' },
  ])
  assert.equal(telephony?.freeswitch, [{ host: '::1', port: 8021, password: 'ClueCon' }])
  assert.is(telephony?.spool, '/data/recording-spool')
  assert.is(telephony?.legsPerSecond, 150)
  assert.match(
    refusal({ DRACHTIO_URL: 'drachtio://:s@sip1:9022' }),
    'Only one of DRACHTIO_URL and FREESWITCH_URL is set.',
  )
  assert.match(
    refusal({ DRACHTIO_URL: 'drachtio://sip1:9022', FREESWITCH_URL: 'esl://:p@media:8021' }),
    'DRACHTIO_URL has a wrong value. Give one such as: drachtio://:secret@host:9022.',
  )
})

test('how many new legs a second a media server gets is a setting', () => {
  const both = { DRACHTIO_URL: 'drachtio://:s@sip1', FREESWITCH_URL: 'esl://:p@media' }
  assert.is(readConfig({ ...both, LEDGERLINE_LEGS_PER_SECOND: '400' }).telephony?.legsPerSecond, 400)
  assert.match(
    refusal({ ...both, LEDGERLINE_LEGS_PER_SECOND: '0' }),
    'LEDGERLINE_LEGS_PER_SECOND has a wrong value. Give one such as: 150.',
  )
})

test('where recordings are written and where they are kept lie apart', () => {
  assert.equal(readConfig({ LEDGERLINE_RECORDING_STORE: '/kept' }).recordings, {
    kind: 'directory',
    directory: '/kept',
  })
  for (const spool of ['/kept', '/kept/spool', '/'])
    assert.match(
      refusal({ LEDGERLINE_RECORDINGS: spool, LEDGERLINE_RECORDING_STORE: '/kept' }),
      'LEDGERLINE_RECORDINGS and LEDGERLINE_RECORDING_STORE',
    )
})

test('recordings are kept in a bucket where the setting names one, and no secret is shown when it is wrong', () => {
  const { recordings } = readConfig({
    LEDGERLINE_RECORDING_STORE: 's3://AK:se%2Fcr%2Bet@store:9000/calls/one?tls=false',
  })
  assert.equal(recordings, {
    kind: 's3',
    endpoint: 'http://store:9000',
    bucket: 'calls',
    prefix: 'one/',
    region: 'us-east-1',
    accessKey: 'AK',
    secretKey: 'se/cr+et',
  })
  for (const wrong of [
    's3://store/calls',
    's3://AK:secret@store',
    's3://AK:secret@store/ca',
    's3://AK:secret@store/calls/../x',
  ])
    assert.not.match(refusal({ LEDGERLINE_RECORDING_STORE: wrong }), /secret@/)
})

test("the language is the terminal's", () => {
  assert.equal(
    [languageOf({ LANG: 'zh_CN.UTF-8' }), languageOf({ LC_ALL: 'en_GB.UTF-8', LANG: 'zh_CN.UTF-8' }), languageOf({})],
    ['zh', 'en', 'en'],
  )
})

test('where browsers are phones: a secure WebSocket, or any on this machine', () => {
  for (const good of [
    'wss://phones.example.com:8443',
    'wss://phones.example.com/sip',
    'ws://127.0.0.1:8080',
    'ws://localhost:1',
  ])
    assert.is(readConfig({ LEDGERLINE_PHONE_URL: good }).webPhones, good)
  for (const bad of [
    'ws://phones.example.com',
    'https://phones.example.com',
    'phones.example.com',
    'ws://127.0.0.1.example.com',
  ])
    assert.throws(() => readConfig({ LEDGERLINE_PHONE_URL: bad }), /LEDGERLINE_PHONE_URL/, bad)
})

test('servers that help browsers through address translation: a relay has a secret, and nothing else does', () => {
  const read = (text: string) => readConfig({ LEDGERLINE_ICE_SERVERS: text }).iceServers
  assert.equal(
    read('stun:stun.example.com,turn://:s%2Fecret@turn.example.com:3478?transport=tcp, turns://:x@[::1]:5349'),
    [
      { url: 'stun:stun.example.com', secret: null },
      { url: 'turn:turn.example.com:3478?transport=tcp', secret: 's/ecret' },
      { url: 'turns:[::1]:5349', secret: 'x' },
    ],
  )
  for (const bad of [
    'turn:turn.example.com',
    'stun://:secret@stun.example.com',
    'turn://user:secret@turn.example.com',
    'turn://:secret@turn.example.com?transport=sctp',
    'https://turn.example.com',
    'stun:',
  ])
    assert.throws(() => read(bad), /LEDGERLINE_ICE_SERVERS/, bad)
})

test.run()
