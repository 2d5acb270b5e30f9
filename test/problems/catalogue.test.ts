/**
 * The catalogue of problems against the code: every raised code is in it, every entry is raised and has both languages.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { memoryAnswers } from '@ledgerline/adapters/log/postgres/answers.ts'
import { titles } from '@ledgerline/adapters/problem-json.ts'
import { adapterProblems } from '@ledgerline/adapters/problems.ts'
import { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { coreProblems } from '@ledgerline/core/problems.ts'
import { projectionProblems } from '@ledgerline/projections/engine/problems.ts'
import { opsProblems, problems } from '@ledgerline/ops/problems.ts'
import { roomOf, sourceFiles, withoutComments } from '../architecture/source.ts'

const code = sourceFiles()
  .filter(
    (file) =>
      ['core', 'projections', 'adapters', 'ops'].includes(roomOf(file.path)) && !/problems?\.ts$/.test(file.path),
  )
  .map((file) => ({ path: file.path, text: withoutComments(file.text) }))

const test = suite('the catalogue of problems')

test('has every code that is raised', () => {
  const missing = code.flatMap(({ path, text }) =>
    [...text.matchAll(/new Problem\(\s*'([^']+)'/g)]
      .filter(([, raised]) => !(raised! in problems))
      .map(([, raised]) => `${path} raises ${raised}`),
  )
  assert.equal(missing, [])
})

test('has no entry that nothing raises', () => {
  const all = code.map(({ text }) => text).join('\n')
  assert.equal(
    Object.keys(problems).filter((entry) => !all.includes(`'${entry}'`)),
    [],
  )
})

test('has each code once', () => {
  const counted = [coreProblems, projectionProblems, adapterProblems, opsProblems].reduce(
    (sum, part) => sum + Object.keys(part).length,
    0,
  )
  assert.is(Object.keys(problems).length, counted)
})

test('has both languages, each with a sentence and a cure, with the same values', () => {
  const braces = (text: string) =>
    [...text.matchAll(/\{(\w+)\}/g)]
      .map(([, name]) => name)
      .sort()
      .join()
  const wrong = Object.entries(problems).flatMap(([name, entry]) => {
    const faults: string[] = []
    for (const text of [entry.en, entry.cure.en])
      if (!/^[A-Z{0-9–-].*[.!?]$/.test(text)) faults.push(`"${text}" is no sentence`)
    for (const text of [entry.zh, entry.cure.zh])
      if ((/[A-Za-z]{3,}/.test(text.replace(/\{\w+\}/g, '')) && !/[\u4e00-\u9fff]/.test(text)) || !/[。？]$/.test(text))
        faults.push(`"${text}" is no Chinese sentence`)
    if (braces(entry.en) !== braces(entry.zh) || braces(entry.cure.en) !== braces(entry.cure.zh))
      faults.push('the languages name different values')
    if (!titles[entry.status]) faults.push(`status ${entry.status} has no title`)
    return faults.map((fault) => `${name}: ${fault}`)
  })
  assert.equal(wrong, [])
})

test('says of each problem whether it passes: trouble on our side does, and of refusals only those that others undo', () => {
  const troubles = Object.entries(problems).filter(([, { status }]) => status >= 500)
  assert.equal(
    troubles.filter(([, { passing }]) => passing !== true).map(([name]) => name),
    [],
  )
  const passing = Object.entries(problems).flatMap(([name, entry]) =>
    entry.status < 500 && entry.passing === true ? [name] : [],
  )
  assert.equal(passing.sort(), [
    'access.frozen',
    'access.log_in',
    'access.password_old',
    'access.password_wrong',
    'access.work_needed',
    'access.wrong',
    'data.owned',
    'ledger.incomplete',
    'log.conflict',
    'log.copy_disturbed',
    'log.stream_cut',
    'log.stream_deleted',
    'postgres.port_taken',
    'request.slow',
    'server.port_taken',
    'sql.too_slow',
    'switchboard.none',
    'switchboard.superseded',
    'tables.being_built',
  ])
})

test('what passes is never kept as the answer to a command; everything else always is', async () => {
  for (const [name, { passing }] of Object.entries(problems)) {
    for (const prefix of ['', 'edge:']) {
      const answers = memoryAnswers(() => 0)
      const refuse = (code: string) => () => Promise.reject(new Problem(code, { from: code }))
      const once = () => new AnsweredOnce(answers, problems, prefix)
      const first = await once()
        .answer('t', 'command-1', 'content', refuse(name))
        .catch((error: Problem) => error.code)
      assert.is(first, name)
      // Another process, another day: what would be answered now is another thing.
      const second = await once()
        .answer('t', 'command-1', 'content', async () => ({ revision: 1, position: null, events: [] }))
        .catch((error: Problem) => error.code)
      if (passing) assert.equal(second, { revision: 1, position: null, events: [] }, name)
      else assert.is(second, name)
      const reused = await once()
        .answer('t', 'command-1', 'other', refuse(name))
        .catch((error: Problem) => error.code)
      assert.is(reused, 'command.reused', name)
    }
  }
})

test.run()
