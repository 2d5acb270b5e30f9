/** The path of the page that is shown, for pages whose address carries an id; the root hands it down. */
import { createContext } from 'svelte'

export const [getPath, setPath] = createContext<() => string>()
