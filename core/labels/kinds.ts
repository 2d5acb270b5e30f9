/** Customer labels in groups, and the stages of following a customer up (catalogue B11.5). Customers refer to them. */
import { colour, integer, reference, text } from '../record/fields.ts'
import { recordKind } from '../record/kind.ts'

const common = { book: 'labels', see: 'labels.see', edit: 'labels.edit' } as const

export const labelGroups = recordKind('label_group', {
  ...common,
  table: 'label_groups',
  one: { en: 'label group', zh: '客户标签组' },
  many: { en: 'Label groups', zh: '客户标签组' },
  about: { en: 'Groups of labels that belong together.', zh: '归类客户标签。' },
  fields: { name: text({ label: { en: 'Name', zh: '标签组名称' }, most: 60, searched: 'name' }) },
  label: 'name',
  unique: [{ fields: ['name'] }],
  sort: 'name',
})

export const labels = recordKind('label', {
  ...common,
  table: 'labels',
  one: { en: 'label', zh: '客户标签' },
  many: { en: 'Labels', zh: '客户标签' },
  about: { en: 'What can be said of a customer in a word.', zh: '用一个词描述客户。' },
  fields: {
    group: reference({ label: { en: 'Group', zh: '标签组' }, to: 'label_group', onRemove: 'refuse' }),
    name: text({ label: { en: 'Name', zh: '标签名称' }, most: 60, searched: 'name' }),
    colour: colour({ label: { en: 'Colour', zh: '颜色' } }),
  },
  label: 'name',
  unique: [{ fields: ['group', 'name'] }],
  sort: 'name',
})

export const followUpStages = recordKind('follow_up_stage', {
  ...common,
  table: 'follow_up_stages',
  one: { en: 'follow-up stage', zh: '客户跟进阶段' },
  many: { en: 'Follow-up stages', zh: '客户跟进阶段' },
  about: { en: 'How far things have come with a customer.', zh: '客户跟进所处的阶段。' },
  fields: {
    name: text({ label: { en: 'Name', zh: '阶段名称' }, most: 60, searched: 'name' }),
    rank: integer({
      label: { en: 'Order', zh: '顺序' },
      help: { en: 'The smallest comes first.', zh: '数字小的在前。' },
      least: 1,
      most: 999,
    }),
  },
  label: 'name',
  unique: [{ fields: ['name'] }],
  sort: 'rank',
})
