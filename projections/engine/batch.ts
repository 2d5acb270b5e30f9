/**
 * Statements sent together: one write to the socket, one transaction, one answer. The driver ends each statement with a
 * Sync of its own, at which the server answers and the client wakes up; for a page of a hundred events that is a good part
 * of its cost. Between two Syncs the protocol has one implicit transaction, so here there is one for all of them.
 */
import { Query, type Client, type Connection } from 'pg'
import type { Statement } from './statement.ts'

/** What the driver knows of statements that it has prepared on a connection, by name. */
interface Preparing {
  parsedStatements: Record<string, string | undefined>
  submittedNamedStatements: Record<string, string | undefined>
}

/**
 * All of the statements or none; what they select is dropped. Nothing else may be under way in a transaction on this
 * connection.
 * @throws the first error of the server; nothing was written then
 */
export function sendTogether(client: Client, statements: readonly Statement[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0
    // The driver asks the query under way which statement the server has just parsed.
    const told = () => ({ name: statements[next]?.name, text: statements[next]?.text })
    const query = new Query({ text: '' }, (error) => {
      if (!error) return resolve()
      forget(client, statements)
      reject(error)
    })
    Object.assign(query, told(), {
      submit(connection: Connection) {
        const { stream } = connection
        const open = Object.create(connection, { sync: { value() {} }, describe: { value() {} } }) as Connection
        let refused: unknown = null
        stream.cork()
        for (const statement of statements)
          refused ??= new Query({ ...statement, queryMode: 'extended' } as Statement).submit(open) as unknown
        // Without its Sync nothing of it counts.
        if (refused) stream.destroy()
        else connection.sync()
        stream.uncork()
        return refused
      },
      handleDataRow() {},
      handleCommandComplete() {
        next++
        Object.assign(query, told())
      },
    })
    client.query(query)
  })
}

/** After an error the server has skipped what came behind it: none of that is prepared. */
function forget(client: Client, statements: readonly Statement[]): void {
  const { submittedNamedStatements } = client.connection as unknown as Preparing
  for (const { name } of statements) if (name !== undefined) delete submittedNamedStatements[name]
}
