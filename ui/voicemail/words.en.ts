/** Texts of the page of voice messages. */
import type { MessageWords } from './words.zh.ts'

export const en = {
  title: 'Voice messages',
  time: 'Left at',
  from: 'From',
  box: 'Box',
  owner: 'For',
  length: 'Length',
  state: 'State',
  by: 'By',
  calledBack: 'Called back',
  states: { new: 'New', heard: 'Heard', handled: 'Handled', deleted: 'Deleted' },
  number: 'Number',
  empty: 'No message matches',
  emptyHelp: 'Widen the filters.',
  emptyAll: 'No messages yet',
  emptyAllHelp: 'They appear here when callers leave them at the box of an extension, a menu or a queue.',
  broken: 'The messages could not be read',
  choose: 'Choose a message to listen to it',
  chosen: 'Message',
  noSound: (reason) => `No sound: ${reason}`,
  lost: 'The sound cannot be played',
  download: 'Download',
  open: (time) => `Message of ${time}`,
  act: {
    handled: 'Mark as handled',
    reopen: 'Mark as not handled',
    new: 'Mark as new',
    delete: 'Delete',
  },
  confirm: 'The sound cannot be restored. Delete this message?',
} satisfies MessageWords
