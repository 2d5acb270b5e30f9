/** Arrow keys in a grid of links: left and right go along, up and down to the nearest in the next row, Home and End to the ends. */
export function arrowTo(event: KeyboardEvent, list: HTMLElement): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const links = [...list.querySelectorAll<HTMLElement>('a[href]')]
  const at = links.indexOf(event.currentTarget as HTMLElement)
  const target = next(links, at, event.key)
  if (!target) return
  event.preventDefault()
  target.focus()
}

function next(links: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  if (key === 'ArrowRight') return links[at + 1]
  if (key === 'ArrowLeft') return links[at - 1]
  if (key === 'Home') return links[0]
  if (key === 'End') return links.at(-1)
  if (key !== 'ArrowDown' && key !== 'ArrowUp') return undefined
  const here = links[at]!.getBoundingClientRect()
  const way = key === 'ArrowDown' ? 1 : -1
  for (let i = at + way; links[i]; i += way) {
    const there = links[i]!.getBoundingClientRect()
    if ((there.top - here.top) * way > 1 && Math.abs(there.left - here.left) < here.width / 2) return links[i]
  }
  return undefined
}
