/** What the engine must know about the product's events beyond how to decode them. The product hands it in with its models. */
export interface EventRules {
  /** Does the product declare events of this type? One that it does not declare cannot be read by anybody. */
  isKnown(type: string): boolean
  /** Types of events that streams of a category hold. */
  typesOf(category: string): readonly string[]
  /** What a stream is about, by its name. Imported streams have the category of those that they stand for. */
  subjectOf(stream: string): { category: string; id: string }
  /** Types that close what their stream is about: where the stream was set aside, its events count again from there on. */
  closes: ReadonlySet<string>
  /** Is there nothing to close? Then each event of the stream stands for itself. */
  closesItself(stream: string): boolean
  /** Can the stream be set aside again after it was closed? */
  opensAgain(stream: string): boolean
}
