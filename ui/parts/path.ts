/**
 * The path of the page that is shown, for pages whose address carries an id, and the way to another page where no
 * link can be clicked (a point of a chart); the root hands both down, because the router knows the pages.
 */
import { createContext } from 'svelte'

export const [getPath, setPath] = createContext<() => string>()
/** Goes to a report with these filters. */
export const [getToReport, setToReport] = createContext<(id: string, filters: URLSearchParams) => void>()
