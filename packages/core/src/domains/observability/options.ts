/** Options of the domain, given to a store as `observability`. */
export interface ObservabilityOptions {
  /**
   * Whether what the spans of a trace repeat is kept once. Default `true`. Switched off, spans are written whole from then on;
   * what was written before is read as ever.
   */
  sharePayloads?: boolean;
  /**
   * Whether the numbers of rollups are kept. Default `true`. Switched off, spans are written without marks and numbers are
   * computed from the spans whenever somebody asks. The same on all stores of a database; after it was off, rebuild.
   */
  rollups?: boolean;
}
