/**
 * The compose files say what they should, as far as can be read without running them: two of each role with settings
 * that the configuration accepts, addresses that do not clash, everything monitored, and everything that must last on a
 * volume.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { roles } from '@ledgerline/adapters/nodes/health.ts'
import { projectRoot, readConfig } from '@ledgerline/ops/config.ts'
import { settings } from '@ledgerline/ops/settings.ts'

const directory = join(projectRoot, 'ops/compose')
const compose = suite('compose')

interface Service {
  image?: string
  environment?: Record<string, string>
  depends_on?: Record<string, { condition: string }>
  volumes?: string[]
  ports?: string[]
  healthcheck?: { test: string[] }
  network_mode?: string
  networks?: Record<string, unknown>
  restart?: string
}

interface Composed {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  networks?: Record<string, unknown>
}

const values: Record<string, string> = {
  POSTGRES_PASSWORD: 'pass',
  KURRENTDB_PASSWORD: 'word',
  LEDGERLINE_MASTER_KEY: '5f'.repeat(32),
  DRACHTIO_SECRET: 'secret',
  FREESWITCH_PASSWORD: 'ford',
  SIP_ADDRESS: '10.0.0.5',
  PUBLIC_ADDRESS: '203.0.113.5',
}

/** Inserts values, as compose does; a required value that is not in `example.env` is an error. */
function read(file: string): Composed {
  const text = readFileSync(join(directory, file), 'utf8').replace(
    /\$\{(\w+):(\?|-([^}]*))\}/g,
    (_, name: string, __: string, otherwise?: string) => {
      const value = values[name] ?? otherwise
      if (value === undefined) throw new Error(`${file} wants ${name}`)
      return value
    },
  )
  return parse(text, { merge: true }) as Composed
}

/** One file on top of another, as compose does it: maps are merged, lists are appended. */
function composed(...files: string[]): Composed {
  const whole: Composed = { services: {}, volumes: {} }
  for (const file of files) {
    const { services, volumes, networks } = read(file)
    Object.assign(whole.volumes, volumes)
    if (networks) whole.networks = { ...whole.networks, ...networks }
    for (const [name, service] of Object.entries(services)) {
      const before = whole.services[name] ?? {}
      whole.services[name] = {
        ...before,
        ...service,
        environment: { ...before.environment, ...service.environment },
        depends_on: { ...before.depends_on, ...service.depends_on },
        volumes: [...(before.volumes ?? []), ...(service.volumes ?? [])],
      }
    }
  }
  return whole
}

const variants: [name: string, files: string[], log: string | null][] = [
  ['PostgreSQL alone', ['compose.yaml'], null],
  ['one EventStoreDB', ['compose.yaml', 'eventstore.yaml'], 'esdb://127.0.0.1:2113?tls=false'],
  [
    'a cluster of three',
    ['compose.yaml', 'eventstore-cluster.yaml'],
    'esdb+discover://admin:word@127.0.0.1:2111,127.0.0.1:2112,127.0.0.1:2113?tls=true&tlsCAFile=/certificates/ca/ca.crt',
  ],
  ['real telephones', ['compose.yaml', 'telephony.yaml'], null],
]
/** It keeps nothing. */
const STATELESS = ['drachtio']

for (const [name, files, log] of variants) {
  compose(`${name}: two of each role, with settings that are taken, all on the same databases`, () => {
    const { services } = composed(...files)
    const ours = Object.values(services).filter(({ image }) => image === 'ledgerline')
    const configs = ours.map(({ environment }) => {
      assert.equal(
        Object.keys(environment!).filter((setting) => !(setting in settings)),
        [],
        'every setting is one',
      )
      return readConfig(environment!)
    })
    assert.equal(configs.flatMap((config) => config.roles).toSorted(), [...roles, ...roles].toSorted())
    assert.equal(
      new Set(configs.map(({ databases, redis, masterKey }) => JSON.stringify([databases, redis, masterKey]))).size,
      1,
    )
    for (const { eventStore, redis } of configs)
      assert.equal([eventStore?.url ?? null, redis], [log, 'redis://127.0.0.1:6379'])
    const addresses = configs.flatMap(({ nodeAddress, roles: does, port }) => [
      nodeAddress.port,
      ...(does.includes('api') ? [port] : []),
    ])
    const published = Object.values(services).flatMap(({ ports = [] }) => ports)
    assert.ok(
      published.every((port) => port.startsWith('127.0.0.1:')),
      'this machine only',
    )
    const taken = [...addresses, ...published.map((port) => Number(port.split(':')[1]))]
    assert.is(new Set(taken).size, taken.length, `${taken}`)
    // What they are told to reach exists.
    for (const { databases, redis, eventStore } of configs) {
      const reached = [
        ...databases!.tables.matchAll(/127\.0\.0\.1:(\d+)/g),
        ...redis!.matchAll(/127\.0\.0\.1:(\d+)/g),
        ...(eventStore?.url ?? '').matchAll(/127\.0\.0\.1:(\d+)/g),
      ].map((match) => Number(match[1]))
      for (const port of reached)
        assert.ok(
          published.some((line) => Number(line.split(':')[1]) === port),
          `${port} is published`,
        )
    }
  })

  compose(
    `${name}: everything is watched over and comes back, and waits for what it needs; what must last is on a volume`,
    () => {
      const { services, volumes, networks = {} } = composed(...files)
      const mounted = new Set<string>()
      for (const [
        service,
        { image, healthcheck, depends_on = {}, volumes: mounts = [], restart, networks: on = {}, network_mode },
      ] of Object.entries(services)) {
        const once = service === 'certificates'
        assert.ok(once || restart === 'unless-stopped', service)
        // Ours is in the image.
        assert.ok(once || image === 'ledgerline' || healthcheck!.test[0] === 'CMD', `${service} has a health check`)
        assert.ok(image !== 'ledgerline' || network_mode === 'host')
        for (const [needed, { condition }] of Object.entries(depends_on)) {
          assert.ok(needed in services, `${service} needs ${needed}`)
          assert.is(condition, needed === 'certificates' ? 'service_completed_successfully' : 'service_healthy')
        }
        assert.ok(mounts.length > 0 || STATELESS.includes(service), `${service} has a volume`)
        for (const mount of mounts) {
          const [volume] = mount.split(':')
          if (volume!.startsWith('.')) {
            assert.ok(existsSync(join(directory, volume!)), `${volume} ships`)
            continue
          }
          assert.ok(volume! in volumes, `${volume} is declared`)
          mounted.add(volume!)
        }
        for (const network of Object.keys(on)) assert.ok(network in networks)
      }
      assert.equal([...mounted].toSorted(), Object.keys(volumes).toSorted())
    },
  )
}

compose(
  'FreeSWITCH finds the files at the paths that the switchboards name, and both know each other’s passwords',
  () => {
    const { services } = composed('compose.yaml', 'telephony.yaml')
    const { freeswitch, drachtio } = services
    const at = (service: Service) => (service.volumes ?? []).map((mount) => mount.split(':').slice(0, 2).join(':'))
    for (const name of ['switchboard-1', 'switchboard-2']) {
      const { telephony } = readConfig(services[name]!.environment!)
      assert.is(telephony!.drachtio[0]!.secret, drachtio!.environment!['DRACHTIO_SECRET'])
      assert.is(telephony!.freeswitch[0]!.password, freeswitch!.environment!['FS_ESL_PASSWORD'])
      for (const path of [telephony!.prompts, telephony!.spool]) {
        const mount = at(freeswitch!).find((each) => path.startsWith(each.split(':')[1]!))
        assert.ok(mount && at(services[name]!).includes(mount), `${path} is the same directory on both sides`)
      }
    }
    // Who plays a recording finds it where it was put.
    const stores = new Set(
      Object.values(services)
        .filter(({ image }) => image === 'ledgerline')
        .map((service) => ({ service, kept: readConfig(service.environment!).recordings }))
        .map(
          ({ service, kept }) =>
            `${kept.kind === 'directory' ? kept.directory : kept.bucket} ${at(service).includes('recordings:/var/lib/ledgerline-recordings')}`,
        ),
    )
    assert.equal([...stores], ['/var/lib/ledgerline-recordings true'])
    // Only the switchboards speak to them.
    assert.is(readConfig(services['api-1']!.environment!).telephony, null)
  },
)

compose('a cluster has three addresses of its own, each told of the other two and certified for itself', () => {
  const { services } = composed('eventstore-cluster.yaml')
  const nodes = Object.entries(services).filter(([name]) => name.startsWith('eventstore-'))
  assert.is(nodes.length, 3)
  const ips = nodes.map(([, { environment }]) => environment!['KURRENTDB_REPLICATION_IP']!)
  assert.is(new Set(ips).size, 3)
  for (const [index, [, { environment, networks, ports }]] of nodes.entries()) {
    assert.is((networks!['eventstore'] as { ipv4_address: string }).ipv4_address, ips[index])
    assert.equal(
      environment!['KURRENTDB_GOSSIP_SEED']!.split(',').toSorted(),
      ips
        .filter((ip) => ip !== ips[index])
        .map((ip) => `${ip}:2113`)
        .toSorted(),
    )
    assert.is(ports![0], `127.0.0.1:${environment!['KURRENTDB_ADVERTISE_NODE_PORT_TO_CLIENT_AS']}:2113`)
    assert.match(environment!['KURRENTDB_CERTIFICATE_FILE']!, `node${index + 1}/`)
    assert.ok(
      readFileSync(join(directory, 'eventstore-cluster.yaml'), 'utf8').includes(
        `./node${index + 1} -ip-addresses 127.0.0.1,${ips[index]}`,
      ),
    )
  }
})

compose('what must be given is listed, and nothing else', () => {
  const wanted = readdirSync(directory)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) =>
      [...readFileSync(join(directory, file), 'utf8').matchAll(/\$\{(\w+):\?\}/g)].map((match) => match[1]!),
    )
  const listed = [...readFileSync(join(directory, 'example.env'), 'utf8').matchAll(/^(\w+)=$/gm)].map(
    (match) => match[1]!,
  )
  assert.equal(listed.toSorted(), [...new Set(wanted)].toSorted())
})

compose('the image has every package, runs the command and is monitored by its own answer', () => {
  const text = readFileSync(join(directory, 'Dockerfile'), 'utf8')
  const packages = (parse(readFileSync(join(projectRoot, 'pnpm-workspace.yaml'), 'utf8')) as { packages: string[] })
    .packages
  for (const name of packages) assert.match(text, `COPY ${name}/package.json ${name}/`)
  for (const file of ['ops/cli/main.ts', 'ops/compose/healthy.ts']) {
    assert.match(text, file)
    assert.ok(readFileSync(join(projectRoot, file), 'utf8').length > 0)
  }
  const engine = (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { engines: { node: string } })
    .engines.node
  assert.match(text, `FROM node:${/\d+/.exec(engine)![0]}-`)
})

compose.run()
