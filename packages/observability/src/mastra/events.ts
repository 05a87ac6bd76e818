/**
 * Events as Mastra's observability emits them, in the loosest form that all its releases have: what the exporter needs of
 * them, and nothing that ties it to one release.
 */
export interface ExportedSpan {
  id: string;
  traceId: string;
  parentSpanId?: string;
  name: string;
  type: string;
  entityType?: string;
  entityId?: string;
  entityName?: string;
  startTime: Date;
  endTime?: Date;
  attributes?: object;
  metadata?: Record<string, unknown>;
  tags?: string[];
  input?: unknown;
  output?: unknown;
  errorInfo?: unknown;
  requestContext?: Record<string, unknown>;
  isEvent: boolean;
}

export interface TracingEvent {
  type: "span_started" | "span_updated" | "span_ended" | (string & {});
  exportedSpan: ExportedSpan;
}

/** Where a signal came from, and what it says. */
export interface ExportedSignal {
  timestamp: Date;
  traceId?: string;
  spanId?: string;
  metadata?: Record<string, unknown>;
  correlationContext?: Record<string, unknown>;
}

export interface LogEvent {
  type: "log";
  log: ExportedSignal & {
    logId?: string;
    level: string;
    message: string;
    data?: Record<string, unknown>;
    tags?: string[];
  };
}
export interface MetricEvent {
  type: "metric";
  metric: ExportedSignal & {
    metricId?: string;
    name: string;
    value: number;
    labels?: Record<string, string>;
    costContext?: Record<string, unknown>;
  };
}
export interface ScoreEvent {
  type: "score";
  score: ExportedSignal & {
    scoreId?: string;
    scorerId: string;
    score: number;
    source?: string;
    scoreSource?: string;
    targetEntityType?: string;
    experimentId?: string;
  };
}
export interface FeedbackEvent {
  type: "feedback";
  feedback: ExportedSignal & {
    feedbackId?: string;
    feedbackType: string;
    value: number | string;
    source?: string;
    feedbackSource?: string;
    userId?: string;
    feedbackUserId?: string;
    experimentId?: string;
  };
}
