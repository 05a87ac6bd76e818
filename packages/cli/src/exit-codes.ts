/** What the exit code of every command means. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** The command line cannot be, or consent was refused. */
  usage: 2,
  /** There is a difference to look at: statements pending, a finding. */
  differences: 3,
  /** Some records were rejected. */
  partial: 4,
  /** The storage cannot be reached, or does not let us in. */
  unreachable: 5,
  /** Somebody else holds what is needed. */
  conflict: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
