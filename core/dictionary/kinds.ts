/** Dictionaries: the values that fields of other registers and of lists offer (catalogue A3.4.2). */
import { flag, integer, optional, reference, text } from '../record/fields.ts'
import { recordKind } from '../record/kind.ts'

const common = { book: 'dictionaries', see: 'dictionaries.see', edit: 'dictionaries.edit' } as const

export const dictionaries = recordKind('dictionary', {
  ...common,
  table: 'dictionaries',
  one: { en: 'dictionary', zh: '字典' },
  many: { en: 'Dictionaries', zh: '字典管理' },
  about: { en: 'Lists of values that fields offer.', zh: '字段可选值的列表。' },
  fields: {
    code: text({
      label: { en: 'Code', zh: '编码' },
      help: { en: 'Imports and programs name it so.', zh: '导入和程序使用该编码。' },
      most: 40,
      searched: 'part',
    }),
    name: text({ label: { en: 'Name', zh: '名称' }, most: 60, searched: 'name' }),
    remark: optional(text({ label: { en: 'Remark', zh: '备注' }, most: 200 })),
  },
  label: 'name',
  unique: [{ fields: ['code'] }],
  sort: 'code',
})

export const dictionaryValues = recordKind('dictionary_value', {
  ...common,
  table: 'dictionary_values',
  one: { en: 'dictionary value', zh: '字典值' },
  many: { en: 'Dictionary values', zh: '字典值' },
  about: { en: 'One value of a dictionary.', zh: '字典中的一个值。' },
  fields: {
    dictionary: reference({ label: { en: 'Dictionary', zh: '所属字典' }, to: 'dictionary', onRemove: 'cascade' }),
    code: text({ label: { en: 'Code', zh: '编码' }, most: 40, searched: 'part' }),
    name: text({ label: { en: 'Name', zh: '名称' }, most: 60, searched: 'name' }),
    rank: integer({
      label: { en: 'Order', zh: '顺序' },
      help: { en: 'The smallest comes first.', zh: '数字小的在前。' },
      least: 1,
      most: 999,
    }),
    offered: flag({
      label: { en: 'Offered', zh: '启用' },
      help: {
        en: 'Forms offer it. One that is not stays where it was chosen before.',
        zh: '表单中可选；停用后已选的值保留。',
      },
    }),
  },
  label: 'name',
  unique: [{ fields: ['dictionary', 'code'] }],
  sort: 'rank',
})
