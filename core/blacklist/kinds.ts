/** The blacklist: numbers that are not called, in groups, each for as long as it is valid (catalogue B11.7, A3.2-blacklist). */
import { day, optional, personalText, phone, reference, text } from '../record/fields.ts'
import { recordKind } from '../record/kind.ts'

const common = { book: 'blacklist', see: 'blacklist.see', edit: 'blacklist.edit' } as const

const validUntil = optional(
  day({
    label: { en: 'Valid until', zh: '有效期至' },
    help: { en: 'The last day on which it filters. Empty: until it is removed.', zh: '最后生效日，留空为长期有效。' },
  }),
)

export const blacklistGroups = recordKind('blacklist_group', {
  ...common,
  table: 'blacklist_groups',
  one: { en: 'blacklist group', zh: '黑名单分组' },
  many: { en: 'Blacklist groups', zh: '黑名单分组' },
  about: { en: 'Groups of numbers that are not called.', zh: '禁止外呼的号码分组。' },
  fields: {
    name: text({ label: { en: 'Name', zh: '分组名称' }, most: 60, searched: 'name' }),
    validUntil,
    remark: optional(text({ label: { en: 'Remark', zh: '备注' }, most: 200 })),
  },
  label: 'name',
  unique: [{ fields: ['name'] }],
  sort: 'name',
})

export const blacklistNumbers = recordKind('blacklist_number', {
  ...common,
  table: 'blacklist_numbers',
  one: { en: 'blacklisted number', zh: '黑名单号码' },
  many: { en: 'Blacklisted numbers', zh: '黑名单号码' },
  about: { en: 'Numbers that are not called, by group.', zh: '各分组中禁止外呼的号码。' },
  fields: {
    group: reference({ label: { en: 'Group', zh: '分组' }, to: 'blacklist_group', onRemove: 'cascade' }),
    number: phone({ label: { en: 'Number', zh: '号码' } }),
    validUntil,
    remark: optional(personalText({ label: { en: 'Remark', zh: '备注' }, most: 200, of: 'number' })),
  },
  label: 'number',
  unique: [{ fields: ['group', 'number'] }],
  large: true,
})
