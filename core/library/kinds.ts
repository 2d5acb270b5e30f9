/**
 * The library of the desk: what agents look up while they talk (catalogue C27 to C29). What is written waits until
 * somebody has approved it; until then its editors alone see it, and readers see what was approved before.
 */
import { day, lines, link, reference, text } from '../record/fields.ts'
import { recordKind } from '../record/kind.ts'

const common = { book: 'library', see: 'library.see', edit: 'library.edit' } as const

export const categories = recordKind('category', {
  ...common,
  table: 'categories',
  one: { en: 'category', zh: '类别' },
  many: { en: 'Categories', zh: '类别' },
  about: {
    en: 'By which questions, phrases and links are sorted.',
    zh: '用于归类问题、常用语和链接。',
  },
  fields: { name: text({ label: { en: 'Name', zh: '类别名称' }, most: 60, searched: 'name' }) },
  label: 'name',
  unique: [{ fields: ['name'] }],
  sort: 'name',
})

const category = reference({ label: { en: 'Category', zh: '类别' }, to: 'category', onRemove: 'refuse' })

export const questions = recordKind('question', {
  ...common,
  table: 'questions',
  one: { en: 'question', zh: '问题' },
  many: { en: 'Questions', zh: '问题库' },
  about: {
    en: 'What customers ask, and what agents answer.',
    zh: '客户常见问题及坐席应答内容。',
  },
  fields: {
    category,
    name: text({ label: { en: 'Question', zh: '问题名称' }, most: 200, searched: 'name' }),
    answer: lines({ label: { en: 'Answer', zh: '答案' }, most: 20_000, searched: 'part' }),
    expiresOn: day({
      label: { en: 'Expires on', zh: '失效时间' },
      help: { en: 'From this day on it is no longer to be used.', zh: '自该日起不再使用。' },
    }),
  },
  label: 'name',
  unique: [{ fields: ['category', 'name'] }],
  columns: ['category', 'name', 'expiresOn'],
  review: 'library.review',
})

export const phrases = recordKind('phrase', {
  ...common,
  table: 'phrases',
  one: { en: 'phrase', zh: '常用语' },
  many: { en: 'Phrases', zh: '常用语' },
  about: { en: 'Sentences that agents use often.', zh: '坐席常用的话语。' },
  fields: {
    category,
    content: lines({ label: { en: 'Content', zh: '内容' }, most: 2_000, searched: 'part' }),
  },
  label: 'content',
  unique: [{ fields: ['category', 'content'] }],
  review: 'library.review',
})

export const links = recordKind('library_link', {
  ...common,
  table: 'library_links',
  one: { en: 'link', zh: '链接' },
  many: { en: 'Links', zh: '链接库' },
  about: { en: 'Pages that agents open while they talk.', zh: '坐席通话时使用的网页链接。' },
  fields: {
    category,
    name: text({ label: { en: 'Name', zh: '链接名称' }, most: 200, searched: 'name' }),
    address: link({ label: { en: 'Address', zh: '链接地址' } }),
  },
  label: 'name',
  unique: [{ fields: ['category', 'name'] }],
  review: 'library.review',
})
