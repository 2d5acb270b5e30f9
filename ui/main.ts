/** Where the page begins: styles, then the router. */
import './theme/tokens.css'
import './theme/base.css'
import { mount } from 'svelte'
import App from './App.svelte'

// A chunk that is gone means that a new version was installed under an open page: take the new one, once.
addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem('ledgerline.reloadedAt'))
  if (Date.now() - last < 30_000) return
  sessionStorage.setItem('ledgerline.reloadedAt', String(Date.now()))
  location.reload()
})

// The front door: an address without a page leads to the monitor.
if (location.pathname === '/') history.replaceState(null, '', '/monitor' + location.search)

// The router breaks at an address that is encoded wrongly (`/calls/50%`): its signs are taken as they stand, and nothing is found.
try {
  decodeURIComponent(location.pathname)
} catch {
  history.replaceState(null, '', location.pathname.replaceAll('%', '%25') + location.search)
}

mount(App, { target: document.getElementById('app')! })
