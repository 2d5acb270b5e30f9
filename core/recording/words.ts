/** What may have become of a recording. Free of dependencies, for browsers. */
export const recordingStates = ['recording', 'stopped', 'delayed', 'kept', 'failed', 'deleting', 'deleted'] as const
