/** English texts of log-in and of one’s own session. */
import type { AccessWords } from './words.zh.ts'

export const en: AccessWords = {
  title: 'Log in',
  name: 'User name',
  password: 'Password',
  remember: 'Remember my user name',
  submit: 'Log in',
  working: 'Logging in…',
  solving: 'After several failures the browser has to work for the next try…',
  help: 'An administrator gives you your password, and resets it when you have forgotten it.',
  choose: 'Choose your own password',
  chooseHelp:
    'The one from your administrator is good for this only. Use at least 8 characters (a sentence is easy to remember), and leave out your name and the company’s.',
  present: 'Present password',
  fresh: 'New password',
  repeat: 'New password again',
  unequal: 'The new passwords differ',
  change: 'Save and continue',
  show: 'Show the password',
  notPermitted: 'You may not see this page',
  notPermittedHelp: 'Ask your administrator if you need it.',
  logOut: 'Log out',
  demo: 'Demo',
  demoHelp: 'A demo asks nobody to log in: on this machine everybody is its supervisor.',
}
