/** How a proxy is spoken to. `https` is plain TCP to the proxy, which tunnels by CONNECT; `http` takes absolute-form. */
export type ProxyProtocol = 'http' | 'https' | 'socks4' | 'socks5';

export interface ProxyEndpoint {
  protocol: ProxyProtocol;
  /** An IP literal; names are never dialled. */
  ip: string;
  port: number;
  username: string | null;
  password: string | null;
  /** Set for a proxy that itself speaks TLS: the name that its certificate must be for, whatever its protocol inside. */
  tlsServerName?: string | null;
}

/** Where a tunnel leads: a name, or an IP literal without brackets. */
export interface TunnelTarget {
  hostname: string;
  port: number;
}
