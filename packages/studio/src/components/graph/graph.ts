/** A box of a picture. */
export interface GraphNode {
  id: string;
  title: string;
  /** Lines below the title. */
  notes?: readonly string[];
  /** As a state badge has it; sets the border and is said in words by `notes`. */
  state?: string | undefined;
  /** A small mark where ways part or meet, which cannot be selected. */
  isJoint?: boolean;
}

/** A line from one box to another. */
export interface GraphEdge {
  from: string;
  to: string;
  label?: string;
  /** Leads back, as in a loop. */
  isBack?: boolean;
}
