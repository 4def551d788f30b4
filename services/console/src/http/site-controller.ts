import { Problem } from '@auditorium/http';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ConsoleSettings } from '../settings.ts';
import { SETTINGS, SITE } from '../tokens.ts';
import type { Site, SiteFile } from './site.ts';

/** The page and its files. Any address without a file name is the page: it knows its own addresses. */
@Controller()
export class SiteController {
  readonly #site: Site;
  readonly #settings: ConsoleSettings;
  constructor(@Inject(SITE) site: Site, @Inject(SETTINGS) settings: ConsoleSettings) {
    this.#site = site;
    this.#settings = settings;
  }

  /** What the browser must know before anybody is signed in; public by nature. */
  @Get('config.json')
  config(@Res({ passthrough: true }) response: Response): object {
    response.setHeader('Cache-Control', 'no-store');
    return {
      issuer: this.#settings.AUDITORIUM_OIDC_ISSUER,
      clientId: this.#settings.AUDITORIUM_CONSOLE_CLIENT_ID,
      scope: this.#settings.AUDITORIUM_CONSOLE_SCOPE,
      resource: this.#settings.AUDITORIUM_CONSOLE_RESOURCE ?? null,
    };
  }

  @Get('{*path}')
  page(@Req() request: Request, @Res() response: Response): void {
    const file = this.#site.at(request.path);
    if (!file) throw Problem.notFound();
    send(file, request, response);
  }
}

function send(file: SiteFile, request: Request, response: Response): void {
  response.setHeader('Content-Type', file.type);
  response.setHeader('ETag', file.etag);
  response.setHeader('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === file.etag) {
    response.status(304).end();
    return;
  }
  const packed = file.gzip && request.acceptsEncodings('gzip') === 'gzip' ? file.gzip : undefined;
  if (packed) response.setHeader('Content-Encoding', 'gzip');
  response.end(packed ?? file.body);
}
