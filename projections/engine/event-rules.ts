/** What the engine must know about the product's events beyond how to decode them. The product hands it in with its models. */
export interface EventRules {
  /** Does the product declare events of this type? An undeclared type cannot be read. */
  isKnown(type: string): boolean
  /** Types of events in streams of a category. */
  typesOf(category: string): readonly string[]
  /** What a stream is about, by its name. Imported streams have the category of the streams they represent. */
  subjectOf(stream: string): { category: string; id: string }
  /** Types that close what their stream is about: if the stream was set aside, its events count again from there on. */
  closes: ReadonlySet<string>
  /** Is there nothing to close? Then each event of the stream stands alone. */
  closesItself(stream: string): boolean
  /** Can the stream be set aside again after it was closed? */
  opensAgain(stream: string): boolean
}
