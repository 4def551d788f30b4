import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DirectoryRuntime } from './directory-runtime.ts';
import { ActorController } from './http/actor-controller.ts';
import { Administration } from './http/administration.ts';
import { GroupController } from './http/group-controller.ts';
import { MeController } from './http/me-controller.ts';
import { MemberController } from './http/member-controller.ts';
import { NameController } from './http/name-controller.ts';
import { OrgAccess } from './http/org-access.ts';
import { OrgChanges } from './http/org-changes.ts';
import { OrgController } from './http/org-controller.ts';
import { RoleController } from './http/role-controller.ts';
import type { DirectorySettings } from './settings.ts';

/** The composition root. */
@Module({})
export class AppModule {
  static with(settings: DirectorySettings, runtime: DirectoryRuntime): DynamicModule {
    return {
      module: AppModule,
      controllers: [
        MeController,
        OrgController,
        MemberController,
        GroupController,
        RoleController,
        ActorController,
        NameController,
      ],
      providers: [
        // By a factory, so that Nest tells it when the application shuts down.
        { provide: DirectoryRuntime, useFactory: () => runtime },
        {
          provide: OrgAccess,
          useFactory: () => new OrgAccess(runtime.pool, settings.AUDITORIUM_PRODUCER_SUBJECTS),
        },
        { provide: OrgChanges, useFactory: () => new OrgChanges(runtime) },
        {
          provide: Administration,
          inject: [OrgAccess, OrgChanges],
          useFactory: (access: OrgAccess, changes: OrgChanges) => new Administration(access, changes),
        },
      ],
    };
  }
}
