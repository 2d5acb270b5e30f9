/** A readable page of the OpenAPI document, rendered on the server: no script, nothing loaded from elsewhere. */
import { createHash } from 'node:crypto'
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'
import type { OpenApiDocument } from './openapi.ts'

interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  additionalProperties?: Schema | boolean
}

interface Operation {
  operationId: string
  summary: string
  description: string
  tags: string[]
  parameters?: { name: string; in: string; required?: boolean; schema: Schema; description?: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: Schema }> }>
}

export function docsPage(document: OpenApiDocument, problems: ProblemEntries): string {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ path, method, operation })),
  )
  const groups = (document.tags ?? []).map(({ name }) => ({
    name,
    operations: operations.filter(({ operation }) => operation.tags.includes(name)),
  }))
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Ledgerline: interface</title><style>${style}</style></head>
<body><nav>${groups.map((group) => `<h2>${text(group.name)}</h2>${group.operations.map(entry).join('')}`).join('')}
<h2>Shapes</h2>${Object.keys(schemas)
    .map((name) => `<a href="#shape-${attribute(name)}">${text(name)}</a>`)
    .join('')}<h2><a href="#problems">Problems</a></h2></nav>
<main><h1>${text(document.info.title)}</h1><p>${text(document.info.description ?? '')}</p><p><a href="/api/openapi.json">openapi.json</a></p>
${groups.map((group) => `<h2>${text(group.name)}</h2>${group.operations.map(section).join('')}`).join('')}
<h2>Shapes</h2>${Object.entries(schemas).map(shape).join('')}
<h2 id="problems">Problems</h2><p>Errors have the type <code>application/problem+json</code> (RFC 9457) and one of these codes.</p>
<table><thead><tr><th>code</th><th>status</th><th>what is wrong, and what to do</th></tr></thead>
<tbody>${Object.entries(problems)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(problemRow)
    .join('')}</tbody></table>
</main></body></html>`
}

function entry({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  return `<a href="#${attribute(operation.operationId)}"><b class="${method}">${method}</b> <span>${text(path.replace('/api/v1/', ''))}</span></a>`
}

function shape([name, schema]: [string, Schema]): string {
  return `<section id="shape-${attribute(name)}"><h3>${text(name)}</h3>${paragraphs(schema.description ?? '')}${fields(schema)}</section>`
}

function section({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation
  const body = requestBody?.content['application/json']?.schema
  const rows = parameters.map((parameter) =>
    row(parameter.name, parameter.schema, parameter.required ?? parameter.in === 'path', parameter.description),
  )
  const answers = Object.entries(responses).filter(([status]) => status !== 'default')
  return `<section id="${attribute(operationId)}"><h3><b class="${method}">${method}</b> <code>${text(path)}</code></h3>
<p class="about">${inline(summary)}</p>${paragraphs(description)}
${rows.length > 0 ? `<h4>Parameters</h4><table><tbody>${rows.join('')}</tbody></table>` : ''}
${body ? `<h4>Body</h4>${fields(body)}` : ''}
${answers.map(answer).join('')}</section>`
}

function answer([status, { description, content = {} }]: [string, Operation['responses'][string]]): string {
  const bodies = Object.entries(content).map(([type, { schema }]) =>
    type === 'application/json' ? fields(schema) : `<p><code>${text(type)}</code></p>`,
  )
  return `<h4>Answer ${text(status)}</h4>${paragraphs(description)}${bodies.join('')}`
}

function fields(schema: Schema): string {
  if (!schema.properties) return `<p>${typeOf(schema)}</p>`
  const required = new Set(schema.required ?? [])
  return `<table><tbody>${Object.entries(schema.properties)
    .map(([name, field]) => row(name, field, required.has(name)))
    .join('')}</tbody></table>`
}

function row(name: string, schema: Schema, required: boolean, about = schema.description): string {
  const standard = schema.default === undefined ? '' : ` <small>else ${text(JSON.stringify(schema.default))}</small>`
  return `<tr><td><code>${text(name)}</code>${required ? '' : '<small> optional</small>'}</td><td>${typeOf(schema)}${standard}</td><td>${inline(about ?? '')}</td></tr>`
}

/** A schema in a few words; named schemas as links. */
function typeOf(schema: Schema): string {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1)!
    return `<a href="#shape-${attribute(name)}">${text(name)}</a>`
  }
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return choices.map(typeOf).join(' or ')
  if (schema.const !== undefined) return `<code>${text(JSON.stringify(schema.const))}</code>`
  if (schema.enum) return schema.enum.map((value) => `<code>${text(String(value))}</code>`).join(' ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`
  if (schema.properties)
    return `{ ${Object.entries(schema.properties)
      .map(([name, field]) => `<code>${text(name)}</code>: ${typeOf(field)}`)
      .join(', ')} }`
  const type = Array.isArray(schema.type) ? schema.type.join(' or ') : (schema.type ?? 'anything')
  return text(schema.format ? `${type}, ${schema.format}` : type)
}

function problemRow([code, problem]: [string, ProblemEntries[string]]): string {
  const words = `${text(problem.en)} ${text(problem.cure.en)}<br><span lang="zh-CN">${text(problem.zh)}${text(problem.cure.zh)}</span>`
  return `<tr id="problem-${attribute(code)}"><td><code>${text(code)}</code></td><td>${problem.status}</td><td>${words}</td></tr>`
}

function paragraphs(words: string): string {
  return words
    .split('\n\n')
    .filter((part) => part !== '')
    .map((part) => `<p>${inline(part)}</p>`)
    .join('')
}

/** Escaped, with `code` between backticks. */
function inline(words: string): string {
  return text(words).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function text(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function attribute(words: string): string {
  return text(words).replaceAll('"', '&quot;')
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#e3e5e8, #33373d); --quiet: light-dark(#667, #99a); --link: light-dark(#1456b8, #7db2ff) }
body { margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); font: 15px/1.5 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; box-sizing: border-box; border-right: 1px solid var(--line); font-size: 13px }
nav h2 { font-size: 13px; margin: 1rem 0 .25rem } nav a { display: flex; gap: .4rem; padding: 1px 0; overflow-wrap: anywhere } nav a b { flex: none }
main { padding: 1rem 2rem 4rem; max-width: 62rem } section { border-top: 1px solid var(--line); padding: .5rem 0; scroll-margin-top: 0 }
h3 { margin: .5rem 0 } h3 code { font-size: 1rem } h4 { margin: .75rem 0 .25rem; font-size: 13px; color: var(--quiet) } .about { font-weight: 600 }
a { color: var(--link); text-decoration: none } a:hover, a:focus-visible { text-decoration: underline }
b.get, b.post { display: inline-block; min-width: 2.6rem; font-size: 11px; text-transform: uppercase; color: light-dark(#1a7f37, #5cd07a) } b.post { color: light-dark(#9a5b00, #e6b04d) }
table { border-collapse: collapse; width: 100%; font-size: 13px } td, th { text-align: left; vertical-align: top; padding: 3px 12px 3px 0; border-top: 1px solid var(--line) }
td:first-child { white-space: nowrap } small { color: var(--quiet) } code { font: 0.93em ui-monospace, Menlo, Consolas, monospace }
tr:target, section:target { background: light-dark(#fff7d6, #3a3420) }
@media (max-width: 50rem) { body { display: block } nav { position: static; height: auto; border: 0 } main { padding: 1rem } td:first-child { white-space: normal } }
`

/** What this page may load: its own style, and nothing else. */
export const docsPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
