/**
 * Questions that tests ask inside a page. Plain JavaScript, because it runs in the browser, whose types the tests do not have:
 * `inPage` in browser.ts hands it over as text.
 */
const inPage = {
  /** What is plainly wrong for a reader with a screen reader or a keyboard: controls without a name, repeated ids, fields without a label. */
  accessFaults() {
    const faults = []
    const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    const nameOf = (element) =>
      (element.getAttribute('aria-label') ?? element.getAttribute('title') ?? element.textContent ?? '').trim()
    const show = (element) => element.outerHTML.slice(0, 120)
    for (const element of document.querySelectorAll('a[href], button, summary, [role=button]'))
      if (seen(element) && nameOf(element) === '') faults.push(`no name: ${show(element)}`)
    for (const field of document.querySelectorAll('input, select, textarea'))
      if (seen(field) && !field.labels?.length && !field.getAttribute('aria-label'))
        faults.push(`no label: ${show(field)}`)
    for (const image of document.querySelectorAll('img'))
      if (!image.hasAttribute('alt')) faults.push(`no alt: ${show(image)}`)
    for (const image of document.querySelectorAll('[role=img]'))
      if (nameOf(image) === '') faults.push(`no name: ${show(image)}`)
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id)
    for (const id of new Set(ids))
      if (ids.filter((other) => other === id).length > 1) faults.push(`id ${id} is used twice`)
    const headings = document.querySelectorAll('h1').length
    if (headings !== 1) faults.push(`${headings} first headings`)
    if (!document.documentElement.lang) faults.push('the page says no language')
    if (!document.querySelector('main')) faults.push('no main landmark')
    return faults
  },

  /** What does not fit on a page that must not scroll: scroll bars, parts outside the window, text that is cut off within the parts named. */
  overflows(cutOff) {
    const faults = []
    const root = document.documentElement
    if (root.scrollWidth > innerWidth) faults.push(`the page is ${root.scrollWidth} wide in ${innerWidth}`)
    if (root.scrollHeight > innerHeight) faults.push(`the page is ${root.scrollHeight} high in ${innerHeight}`)
    for (const element of document.querySelectorAll('[data-wall] *')) {
      const { right, bottom, left, top } = element.getBoundingClientRect()
      if (right > innerWidth + 1 || bottom > innerHeight + 1 || left < -1 || top < -1)
        faults.push(`outside: ${element.tagName} ${element.className} ${element.textContent.slice(0, 30)}`)
    }
    for (const element of document.querySelectorAll(cutOff)) {
      if (element.scrollWidth > element.clientWidth + 1)
        faults.push(
          `cut off: ${element.tagName} ${element.className.baseVal ?? element.className} "${element.textContent.trim().slice(0, 40)}"`,
        )
    }
    return faults
  },

  /** Text of every element that matches, in the order of the page. */
  texts: (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent.trim()),

  /** Attributes of every element that matches. */
  attributes: (selector, name) => [...document.querySelectorAll(selector)].map((element) => element.getAttribute(name)),

  /** The smallest type in a part of the page, px. */
  smallestType(selector) {
    const sizes = []
    for (const element of document.querySelectorAll(`${selector} *`)) {
      const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '')
      if (own && element.checkVisibility()) sizes.push(Number.parseFloat(getComputedStyle(element).fontSize))
    }
    return Math.min(...sizes)
  },

  focused: () =>
    document.activeElement?.getAttribute('data-agent') ??
    document.activeElement?.getAttribute('data-command') ??
    document.activeElement?.tagName ??
    null,
}
