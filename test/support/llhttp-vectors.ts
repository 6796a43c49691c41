/**
 * What llhttp's authors publish of how it must read responses (github.com/nodejs/llhttp, release 9.4.2, the strict cases of
 * test/response/), brought into one table: MIT licence, © Fedor Indutny and the llhttp contributors.
 * `refused`: an error; `unfinished`: no error, but the message was not complete when the stream ended.
 */
export type VectorOutcome = 'refused' | 'unfinished' | { status: number; body: string };

export const llhttpVectors: readonly (readonly [name: string, stream: string, outcome: VectorOutcome])[] = [
  [
    'sample: Simple response',
    'HTTP/1.1 200 OK\r\nHeader1: Value1\r\nHeader2:\t Value2\r\nContent-Length: 0\r\n\r\n',
    { status: 200, body: '' },
  ],
  ['sample: RTSP response', 'RTSP/1.1 200 OK\r\n\r\n', { status: 200, body: '' }],
  ['sample: ICE response', 'ICE/1.1 200 OK\r\n\r\n', { status: 200, body: '' }],
  ['sample: Error on invalid response start', 'HTTPER/1.1 200 OK\r\n\r\n', 'refused'],
  [
    'sample: Empty body should not trigger spurious span callbacks',
    'HTTP/1.1 200 OK\r\n\r\n',
    { status: 200, body: '' },
  ],
  [
    'sample: Google 301',
    'HTTP/1.1 301 Moved Permanently\r\nLocation: http://www.google.com/\r\nContent-Type: text/html; charset=UTF-8\r\nDate: Sun, 26 Apr 2009 11:11:49 GMT\r\nExpires: Tue, 26 May 2009 11:11:49 GMT\r\nX-$PrototypeBI-Version: 1.6.0.3\r\nCache-Control: public, max-age=2592000\r\nServer: gws\r\nContent-Length:  219  \r\n\r\n<HTML><HEAD><meta http-equiv=content-type content=text/html;charset=utf-8>\n<TITLE>301 Moved</TITLE></HEAD><BODY>\n<H1>301 Moved</H1>\nThe document has moved\n<A HREF="http://www.google.com/">here</A>.\r\n</BODY></HTML>',
    'unfinished',
  ],
  [
    'sample: amazon.com',
    'HTTP/1.1 301 MovedPermanently\r\nDate: Wed, 15 May 2013 17:06:33 GMT\r\nServer: Server\r\nx-amz-id-1: 0GPHKXSJQ826RK7GZEB2\r\np3p: policyref="http://www.amazon.com/w3c/p3p.xml",CP="CAO DSP LAW CUR ADM IVAo IVDo CONo OTPo OUR DELi PUBi OTRi BUS PHY ONL UNI PUR FIN COM NAV INT DEM CNT STA HEA PRE LOC GOV OTC "\r\nx-amz-id-2: STN69VZxIFSz9YJLbz1GDbxpbjG6Qjmmq5E3DxRhOUw+Et0p4hr7c/Q8qNcx4oAD\r\nLocation: http://www.amazon.com/Dan-Brown/e/B000AP9DSU/ref=s9_pop_gw_al1?_encoding=UTF8&refinementId=618073011&pf_rd_m=ATVPDKIKX0DER&pf_rd_s=center-2&pf_rd_r=0SHYY5BZXN3KR20BNFAY&pf_rd_t=101&pf_rd_p=1263340922&pf_rd_i=507846\r\nVary: Accept-Encoding,User-Agent\r\nContent-Type: text/html; charset=ISO-8859-1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\n\r\n0\r\n\r\n',
    { status: 301, body: '\n' },
  ],
  ['sample: No headers and no body', 'HTTP/1.1 404 Not Found\r\n\r\n', { status: 404, body: '' }],
  ['sample: No reason phrase', 'HTTP/1.1 301\r\n\r\n', { status: 301, body: '' }],
  ['sample: Empty reason phrase after space', 'HTTP/1.1 200 \r\n\r\n', { status: 200, body: '' }],
  [
    'sample: No carriage ret',
    'HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\nConnection: close\n\nthese headers are from http://news.ycombinator.com/',
    'refused',
  ],
  [
    'sample: Underscore in header key',
    'HTTP/1.1 200 OK\r\nServer: DCLK-AdSvr\r\nContent-Type: text/xml\r\nContent-Length: 0\r\nDCLK_imp: v7;x;114750856;0-0;0;17820020;0/0;21603567/21621457/1;;~okv=;dcmt=text/xml;;~cs=o\r\n\r\n',
    { status: 200, body: '' },
  ],
  [
    'sample: bonjourmadame.fr',
    'HTTP/1.0 301 Moved Permanently\r\nDate: Thu, 03 Jun 2010 09:56:32 GMT\r\nServer: Apache/2.2.3 (Red Hat)\r\nCache-Control: public\r\nPragma: \r\nLocation: http://www.bonjourmadame.fr/\r\nVary: Accept-Encoding\r\nContent-Length: 0\r\nContent-Type: text/html; charset=UTF-8\r\nConnection: keep-alive\r\n\r\n',
    { status: 301, body: '' },
  ],
  [
    'sample: Spaces in header value',
    'HTTP/1.1 200 OK\r\nDate: Tue, 28 Sep 2010 01:14:13 GMT\r\nServer: Apache\r\nCache-Control: no-cache, must-revalidate\r\nExpires: Mon, 26 Jul 1997 05:00:00 GMT\r\n.et-Cookie: PlaxoCS=1274804622353690521; path=/; domain=.plaxo.com\r\nVary: Accept-Encoding\r\n_eep-Alive: timeout=45\r\n_onnection: Keep-Alive\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n0\r\n\r\n',
    { status: 200, body: '' },
  ],
  [
    'sample: Spaces in header name',
    'HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/6.0\r\nX-Powered-By: ASP.NET\r\nen-US Content-Type: text/xml\r\nContent-Type: text/xml\r\nContent-Length: 16\r\nDate: Fri, 23 Jul 2010 18:45:38 GMT\r\nConnection: keep-alive\r\n\r\n<xml>hello</xml>',
    'refused',
  ],
  [
    'sample: Non ASCII in status line',
    'HTTP/1.1 500 Ori\xebntatieprobleem\r\nDate: Fri, 5 Nov 2010 23:07:12 GMT+2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    { status: 500, body: '' },
  ],
  ['sample: HTTP version 0.9', 'HTTP/0.9 200 OK\r\n\r\n', { status: 200, body: '' }],
  [
    'sample: No Content-Length, no Transfer-Encoding',
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello world',
    { status: 200, body: 'hello world' },
  ],
  [
    'sample: Response starting with CRLF',
    '\r\nHTTP/1.1 200 OK\r\nHeader1: Value1\r\nHeader2:\t Value2\r\nContent-Length: 0\r\n\r\n',
    { status: 200, body: '' },
  ],
  [
    'connection: Proxy-Connection',
    'HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: 11\r\nProxy-Connection: close\r\nDate: Thu, 31 Dec 2009 20:55:48 +0000\r\n\r\nhello world',
    { status: 200, body: 'hello world' },
  ],
  [
    'connection: HTTP/1.0 with keep-alive and EOF-terminated 200 status',
    'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nHTTP/1.0 200 OK',
    { status: 200, body: 'HTTP/1.0 200 OK' },
  ],
  [
    'connection: HTTP/1.0 with keep-alive and 204 status',
    'HTTP/1.0 204 No content\r\nConnection: keep-alive\r\n\r\nHTTP/1.0 200 OK',
    { status: 204, body: '' },
  ],
  [
    'connection: HTTP/1.1 with EOF-terminated 200 status',
    'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK',
    { status: 200, body: 'HTTP/1.1 200 OK' },
  ],
  ['connection: HTTP/1.1 with 204 status', 'HTTP/1.1 204 No content\r\n\r\nHTTP/1.1 200 OK', { status: 204, body: '' }],
  [
    'connection: HTTP/1.1 with keep-alive disabled and 204 status',
    'HTTP/1.1 204 No content\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK',
    { status: 204, body: '' },
  ],
  [
    'connection: HTTP/1.1 with keep-alive disabled, content-length',
    'HTTP/1.1 200 No content\r\nContent-Length: 5\r\nConnection: close\r\n\r\n2ad731e3-4dcd-4f70-b871-0ad284b29ffc',
    { status: 200, body: '2ad73' },
  ],
  [
    'connection: HTTP 101 response with Upgrade and Content-Length header',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbodyproto',
    { status: 101, body: '' },
  ],
  [
    'connection: HTTP 101 response with Upgrade and Transfer-Encoding header',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\nproto',
    { status: 101, body: '' },
  ],
  [
    'connection: HTTP 200 response with Upgrade header',
    'HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\nbody',
    { status: 200, body: 'body' },
  ],
  [
    'connection: HTTP 200 response with Upgrade header and Content-Length',
    'HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody',
    { status: 200, body: 'body' },
  ],
  [
    'connection: HTTP 200 response with Upgrade header and Transfer-Encoding',
    'HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n',
    { status: 200, body: 'body' },
  ],
  [
    'connection: HTTP 304 with Content-Length',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    { status: 304, body: '' },
  ],
  [
    'connection: HTTP 304 with Transfer-Encoding',
    'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
    { status: 304, body: '' },
  ],
  [
    'connection: HTTP 100 first, then 400',
    'HTTP/1.1 100 Continue\r\n\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\nDate: Fri, 15 Sep 2023 19:47:23 GMT\r\nServer: Python/3.10 aiohttp/4.0.0a2.dev0\r\n\r\n404: Not Found',
    { status: 404, body: '404: Not Found' },
  ],
  [
    'connection: HTTP 103 first, then 200',
    'HTTP/1.1 103 Early Hints\r\nLink: </styles.css>; rel=preload; as=style\r\n\r\nHTTP/1.1 200 OK\r\nDate: Wed, 13 Sep 2023 11:09:41 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 17\r\n\r\nresponse content',
    'unfinished',
  ],
  [
    'content-length: Response without Content-Length, but with body',
    'HTTP/1.1 200 OK\r\nDate: Tue, 04 Aug 2009 07:59:32 GMT\r\nServer: Apache\r\nX-Powered-By: Servlet/2.5 JSP/2.1\r\nContent-Type: text/xml; charset=utf-8\r\nConnection: close\r\n\r\n<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\\"http://schemas.xmlsoap.org/soap/envelope/\\">\n  <SOAP-ENV:Body>\n    <SOAP-ENV:Fault>\n       <faultcode>SOAP-ENV:Client</faultcode>\n       <faultstring>Client Error</faultstring>\n    </SOAP-ENV:Fault>\n  </SOAP-ENV:Body>\n</SOAP-ENV:Envelope>',
    {
      status: 200,
      body: '<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?>\n<SOAP-ENV:Envelope xmlns:SOAP-ENV=\\"http://schemas.xmlsoap.org/soap/envelope/\\">\n  <SOAP-ENV:Body>\n    <SOAP-ENV:Fault>\n       <faultcode>SOAP-ENV:Client</faultcode>\n       <faultstring>Client Error</faultstring>\n    </SOAP-ENV:Fault>\n  </SOAP-ENV:Body>\n</SOAP-ENV:Envelope>',
    },
  ],
  [
    'content-length: Content-Length-X',
    'HTTP/1.1 200 OK\r\nContent-Length-X: 0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n',
    { status: 200, body: 'OK' },
  ],
  [
    'content-length: Tabs in Content-Length (surrounding)',
    'HTTP/1.1 200 OK\r\nContent-Length:\t42\t\r\n\r\n',
    'unfinished',
  ],
  [
    'transfer-encoding: Trailing space on chunked body',
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n25  \r\nThis is the data in the first chunk\r\n\r\n1C\r\nand this is the second one\r\n\r\n0  \r\n\r\n',
    'refused',
  ],
  [
    'transfer-encoding: chunked before other transfer-encoding',
    'HTTP/1.1 200 OK\r\nAccept: */*\r\nTransfer-Encoding: chunked, deflate\r\n\r\nWorld',
    { status: 200, body: 'World' },
  ],
  [
    'transfer-encoding: multiple transfer-encoding where chunked is not the last one',
    'HTTP/1.1 200 OK\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\nWorld',
    'unfinished',
  ],
  [
    'transfer-encoding: chunkedchunked transfer-encoding does not enable chunked enconding',
    'HTTP/1.1 200 OK\r\nAccept: */*\r\nTransfer-Encoding: chunkedchunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n',
    { status: 200, body: '2\r\nOK\r\n0\r\n\r\n' },
  ],
  [
    'transfer-encoding: Chunk extensions',
    'HTTP/1.1 200 OK\r\nHost: localhost\r\nTransfer-encoding: chunked\r\n\r\n5;ilovew3;somuchlove=aretheseparametersfor\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n\r\n',
    { status: 200, body: 'hello world' },
  ],
  [
    'transfer-encoding: No semicolon before chunk extensions',
    'HTTP/1.1 200 OK\r\nHost: localhost\r\nTransfer-encoding: chunked\r\n\r\n2 erfrferferf\r\naa\r\n0 rrrr\r\n\r\n',
    'refused',
  ],
  [
    'transfer-encoding: No extension after semicolon',
    'HTTP/1.1 200 OK\r\nHost: localhost\r\nTransfer-encoding: chunked\r\n\r\n2;\r\naa\r\n0\r\n\r\n',
    'refused',
  ],
  [
    'transfer-encoding: Chunk extensions quoting',
    'HTTP/1.1 200 OK\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;ilovew3="I love; extensions";somuchlove="aretheseparametersfor";blah;foo=bar\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n',
    'unfinished',
  ],
  [
    'transfer-encoding: Unbalanced chunk extensions quoting',
    'HTTP/1.1 200 OK\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;ilovew3="abc";somuchlove="def; ghi\r\nhello\r\n6;blahblah;blah\r\n world\r\n0\r\n',
    'refused',
  ],
  ['invalid: Incomplete HTTP protocol', 'HTP/1.1 200 OK\r\n\r\n', 'refused'],
  ['invalid: Extra digit in HTTP major version', 'HTTP/01.1 200 OK\r\n\r\n', 'refused'],
  ['invalid: Extra digit in HTTP major version #2', 'HTTP/11.1 200 OK\r\n\r\n', 'refused'],
  ['invalid: Extra digit in HTTP minor version', 'HTTP/1.01 200 OK\r\n\r\n', 'refused'],
  ['invalid: Tab after HTTP version', 'HTTP/1.1\t200 OK\r\n\r\n', 'refused'],
  ['invalid: CR before response and tab after HTTP version', '\rHTTP/1.1\t200 OK\r\n\r\n', 'refused'],
  ['invalid: Headers separated by CR', 'HTTP/1.1 200 OK\r\nFoo: 1\rBar: 2\r\n\r\n', 'refused'],
  ['invalid: Bare CR after response line', 'HTTP/1.1 200 OK\rContent-Length: 0\r\n\r\n', 'refused'],
  [
    'invalid: Bare CR followed by CR after response line',
    'HTTP/1.1 200 OK\r\rContent-Length: 4\r\n\r\nEvil',
    'refused',
  ],
  ['invalid: Invalid HTTP version', 'HTTP/5.6 200 OK\r\n\r\n', 'refused'],
  ['invalid: Invalid space after start line', 'HTTP/1.1 200 OK\r\n Host: foo', 'refused'],
  ['invalid: Extra space between HTTP version and status code', 'HTTP/1.1  200 OK\r\n\r\n', 'refused'],
  ['invalid: Extra space between status code and reason', 'HTTP/1.1 200  OK\r\n\r\n', { status: 200, body: '' }],
  ['invalid: One-digit status code', 'HTTP/1.1 2 OK\r\n\r\n', 'refused'],
  ['invalid: Only LFs present and no body', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', 'refused'],
  ['invalid: Only LFs present', 'HTTP/1.1 200 OK\nFoo: abc\nBar: def\n\nBODY\n\\', 'refused'],
  [
    'finish: It should be safe to finish with cb after empty response',
    'HTTP/1.1 200 OK\r\n\r\n',
    { status: 200, body: '' },
  ],
  [
    'pipelining: Should parse multiple events',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nAAA\r\nHTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nBBBB\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nCCCC',
    { status: 200, body: 'AAA' },
  ],
];
