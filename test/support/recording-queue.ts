/** A queue that keeps what is sent to it. */
export function recordingQueue<Body>(sent: Body[]): Queue<Body> {
  const metrics: QueueMetrics = { backlogCount: 0, backlogBytes: 0 };
  return {
    send: async (body: Body) => {
      sent.push(body);
      return { metadata: { metrics } };
    },
    sendBatch: async (messages: Iterable<MessageSendRequest<Body>>) => {
      sent.push(...[...messages].map(({ body }) => body));
      return { metadata: { metrics } };
    },
    metrics: async () => metrics,
  };
}
