/** Prompts of the real network: numbers composed of recorded parts, what takes precedence, and what is unknown. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { composed, filesIn, Prompts, type PromptsOptions } from '@ledgerline/adapters/telephony/drachtio/prompts.ts'
import { count, digits, LARGEST_SPOKEN, ordinal } from '@ledgerline/adapters/telephony/drachtio/spoken-numbers.ts'
import { housePrompts } from '@ledgerline/core/telephony/house-prompts.ts'
import type { Problem } from '@ledgerline/core/kernel/problem.ts'
import { projectRoot } from '@ledgerline/ops/config.ts'

const prompts = suite('prompts')
const home = join(projectRoot, 'fixtures/prompts')
const texts = new Map(
  readFileSync(join(home, 'texts.tsv'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name, zh, , en] = line.split('\t')
      return [name!, { zh: zh!, en: en! }] as const
    }),
)
/** What a listener hears. */
const heard = (parts: readonly string[], language: 'zh' | 'en'): string =>
  parts.map((name) => texts.get(name)?.[language] || `<${name}>`).join(language === 'zh' ? '' : ' ')

prompts('numbers in Chinese', () => {
  const ordinals = [0, 2, 10, 12, 20, 23, 100, 105, 110, 202, 1_000, 1_010, 2_002, 10_010, 99_999]
  assert.equal(
    ordinals.map((value) => heard(ordinal(value, 'zh'), 'zh')),
    [
      ...['零', '二', '十', '十二', '二十', '二十三', '一百', '一百零五', '一百一十', '二百零二'],
      ...['一千', '一千零一十', '二千零二', '一万零一十', '九万九千九百九十九'],
    ],
  )
  assert.equal(
    [2, 12, 20, 22, 200, 202, 2_222].map((value) => heard(count(value, 'zh'), 'zh')),
    ['两', '十二', '二十', '二十二', '两百', '两百零二', '两千两百二十二'],
  )
})

prompts('numbers in English', () => {
  assert.equal(
    [0, 2, 13, 20, 23, 100, 105, 123, 1_000, 1_001, 1_100, 21_345].map((value) => heard(ordinal(value, 'en'), 'en')),
    [
      ...['zero', 'two', 'thirteen', 'twenty', 'twenty three', 'one hundred', 'one hundred and five'],
      ...['one hundred and twenty three', 'one thousand', 'one thousand and one', 'one thousand one hundred'],
      'twenty one thousand three hundred and forty five',
    ],
  )
})

prompts('phone and agent numbers are read digit by digit, with 幺 in Chinese', () => {
  assert.is(heard(digits('1380-1*#', 'zh'), 'zh'), '幺三八零幺星号井号')
  assert.is(heard(digits('1380', 'en'), 'en'), 'one three eight zero')
  assert.is(heard(composed('agent/1001', 'zh')!, 'zh'), '工号幺零零幺为您服务。')
  // What is too large to be spoken is read out.
  assert.equal(count(LARGEST_SPOKEN + 1, 'zh'), digits('100000', 'zh'))
})

prompts('A3.2.2.1-announce-sound: places and waiting times', () => {
  assert.is(heard(composed('place/23', 'zh')!, 'zh'), '您目前排在第二十三位。')
  assert.is(heard(composed('place/23', 'en')!, 'en'), 'You are number twenty three in line.')
  assert.is(heard(composed('wait/2', 'zh')!, 'zh'), '预计等待时间约为两分钟')
  assert.is(heard(composed('wait/1', 'en')!, 'en'), 'The expected waiting time is about one minute')
  assert.is(heard(composed('wait/2', 'en')!, 'en'), 'The expected waiting time is about two minutes')
  assert.is(composed('place/x', 'en'), null)
})

prompts('every part that a number can need was spoken, in both languages', () => {
  for (const language of ['zh', 'en'] as const) {
    const values = [...Array(1_200).keys(), 2_020, 20_000, 20_202, LARGEST_SPOKEN]
    const parts = new Set(
      values.flatMap((value) =>
        ['place', 'wait', 'seconds', 'hours', 'agent', 'telephone', 'number', 'digits'].flatMap((kind) =>
          composed(`${kind}/${value}`, language)!,
        ),
      ),
    )
    for (const name of [...parts, 'numbers/star', 'numbers/hash'])
      assert.ok(existsSync(join(home, language, `${name}.wav`)), `${language}/${name}`)
  }
})

prompts('the names that a configuration may give without uploading anything are those that were spoken', () => {
  const spoken = [...texts.keys()].filter((name) => !/^(numbers|units)\//.test(name))
  assert.equal([...housePrompts].toSorted(), [...spoken, 'hold_music', 'voicemail_beep', 'long_sign_in'].toSorted())
})

prompts('files are as the table says: 8 kHz, mono, 16 bit, not silent, and small', () => {
  let bytes = 0
  for (const language of ['zh', 'en'] as const) {
    const files = readdirSync(join(home, language), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.wav'))
      .map((file) => file.slice(0, -'.wav'.length))
    const wanted = [...texts].filter(([, text]) => text[language] !== '').map(([name]) => name)
    assert.equal(files.toSorted(), [...wanted, 'voicemail_beep', 'long_sign_in'].toSorted())
    for (const name of files) {
      const wav = readFileSync(join(home, language, `${name}.wav`))
      assert.is(wav.toString('latin1', 0, 4), 'RIFF')
      assert.equal([wav.readUInt16LE(22), wav.readUInt32LE(24), wav.readUInt16LE(34)], [1, 8_000, 16], name)
      const samples = new Int16Array(wav.buffer, wav.byteOffset + 44, (wav.length - 44) >> 1)
      assert.ok(samples.length > 1_000 && samples.some((sample) => Math.abs(sample) > 3_000), name)
      bytes += wav.length
    }
  }
  assert.ok(bytes + statSync(join(home, 'music/waiting.wav')).size < 3_000_000)
})

function house(options: Partial<PromptsOptions> = {}): { prompts: Prompts; told: Problem[] } {
  const told: Problem[] = []
  const made = new Prompts({
    directory: '/prompts/en',
    language: 'en',
    media: () => [],
    has: (file) => existsSync(join(home, 'en', file)),
    onUnknown: (problem) => told.push(problem),
    ...options,
  })
  return { prompts: made, told }
}

prompts('the music is as loud as speech all the time, and begins where it ends', () => {
  const wav = readFileSync(join(home, 'music/waiting.wav'))
  const samples = new Int16Array(wav.buffer, wav.byteOffset + 44, (wav.length - 44) >> 1)
  for (let from = 0; from < samples.length; from += 4_000) {
    const part = samples.subarray(from, from + 4_000)
    const loudness =
      20 * Math.log10(Math.sqrt(part.reduce((sum, sample) => sum + sample ** 2, 0) / part.length) / 32_768)
    assert.ok(loudness > -23 && loudness < -16, `${loudness} dB at ${from / 8_000} s`)
  }
  const steps = samples.map((sample, at) => Math.abs(sample - samples[(at || samples.length) - 1]!))
  assert.ok(steps[0]! <= steps.subarray(1).reduce((most, step) => Math.max(most, step), 0))
})

prompts('a file is looked for in memory, and in its directory again only after a while', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ledgerline-prompts-'))
  let now = 1_000
  const has = filesIn(directory, { now: () => now })
  assert.not(has('later.wav'))
  writeFileSync(join(directory, 'later.wav'), '')
  assert.not(has('later.wav'))
  now += 10_000
  assert.ok(has('later.wav'))
  rmSync(directory, { recursive: true })
  assert.ok(has('later.wav'))
})

prompts('a file of the house, several in a row, music and tones', () => {
  const { prompts: made, told } = house()
  assert.is(made.sourceOf('all_busy'), '/prompts/en/all_busy.wav')
  assert.is(
    made.sourceOf('place/3'),
    'file_string:///prompts/en/place_before.wav!/prompts/en/numbers/3.wav!/prompts/en/place_after.wav',
  )
  assert.is(made.sourceOf('hold_music'), 'local_stream://default')
  assert.is(made.sourceOf('tone:long_sign_in'), '/prompts/en/long_sign_in.wav')
  assert.equal(told, [])
})

prompts('uploaded media take precedence, and stay inside their directory', () => {
  const medium = (code: string, file: string) => ({ code, name: code, file, hash: null, durationMs: null })
  const { prompts: made, told } = house({
    media: () => [
      medium('all_busy', '新年/busy.wav'),
      medium('bad', '../../etc/passwd'),
      medium('worse', 'a.wav!b'),
      medium('hold_music', 'ours.wav'),
    ],
    mediaDirectory: '/uploaded',
  })
  assert.is(made.sourceOf('all_busy'), '/uploaded/新年/busy.wav')
  assert.is(made.sourceOf('hold_music'), '/uploaded/ours.wav')
  assert.match(made.sourceOf('bad'), /^silence_stream:/)
  assert.match(made.sourceOf('worse'), /^silence_stream:/)
  assert.is(told.length, 2)
})

prompts('what is unknown is silence, and told once', () => {
  const { prompts: made, told } = house()
  for (let n = 0; n < 3; n++) assert.match(made.sourceOf('nowhere'), /^silence_stream:/)
  for (const name of ['../zh/greeting', '/etc/passwd', 'a!b', 'file_string://x', ''])
    assert.match(made.sourceOf(name), /^silence_stream:/, name)
  assert.equal(
    told.map(({ code, details }) => [code, details?.['prompt']]),
    ['nowhere', '../zh/greeting', '/etc/passwd', 'a!b', 'file_string://x', ''].map((name) => [
      'telephony.prompt_unknown',
      name,
    ]),
  )
  // A directory of another machine is taken at its word.
  assert.is(house({ has: null }).prompts.sourceOf('nowhere'), '/prompts/en/nowhere.wav')
})

prompts.run()
