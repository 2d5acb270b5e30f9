/**
 * The path of the current page, for pages with an id in their address, and navigation where there is no link to click (a
 * point of a chart). The root passes both down, because the router is there.
 */
import { createContext } from 'svelte'

export const [getPath, setPath] = createContext<() => string>()
/** Goes to a report with these filters. */
export const [getToReport, setToReport] = createContext<(id: string, filters: URLSearchParams) => void>()
