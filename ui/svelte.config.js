/** Svelte for the build, the checker and editors: runes everywhere in our own files. */
export default {
  compilerOptions: { runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true) },
}
