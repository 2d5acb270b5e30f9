/** What registers there are, as their lists and forms need them: every declaration, and what the viewer may do. */
import { z } from 'zod'
import type { Kind } from '@ledgerline/core/record/kind.ts'
import { colours } from '@ledgerline/core/record/fields.ts'
import type { Session } from '@ledgerline/core/access/session.ts'
import { registers } from '@ledgerline/core/registers.ts'
import { declaredRegister, type DeclaredRegister } from './answers.ts'
import { defineRoute, type Route } from '../routing/route.ts'

export function registersRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/registers',
    permission: 'registers.list',
    group: 'Registers',
    about: 'The registers that you may see, with their fields.',
    request: {},
    responses: { 200: { about: 'All of them.', schema: z.object({ registers: z.array(declaredRegister) }) } },
    handle: ({ session }) => ({
      registers: registers.filter(({ see }) => session.permissions.has(see)).map((kind) => declared(kind, session)),
    }),
  })
}

function declared(kind: Kind, { permissions }: Session): DeclaredRegister {
  return {
    table: kind.table,
    one: kind.one,
    many: kind.many,
    about: kind.about,
    book: kind.book,
    fields: Object.entries(kind.fields).map(([name, one]) => ({
      name,
      kind: one.kind,
      label: one.label,
      help: one.help,
      optional: one.optional,
      personal: one.personal,
      searched: one.searched,
      least: one.least,
      most: one.most,
      colours: one.kind === 'colour' ? [...colours] : null,
      to: one.refersTo && registers.find(({ name: of }) => of === one.refersTo!.kind)!.table,
    })),
    label: kind.label,
    columns: [...kind.columns],
    sort: kind.sort,
    large: kind.large,
    reviewed: kind.review !== null,
    mayEdit: permissions.has(kind.edit),
    mayImport: permissions.has(kind.edit) && permissions.has('registers.import'),
    mayExport: permissions.has('registers.export'),
    mayReview: kind.review !== null && permissions.has(kind.review),
  }
}
