import { Module } from '@nestjs/common';
import { DeploymentController } from './deployment.controller.ts';
import { IntegrationController } from './integration.controller.ts';
import { KeyController } from './key.controller.ts';
import { MemberController } from './member.controller.ts';
import { ProjectController } from './project.controller.ts';

/** Everything that only members of an organisation may use; each controller is behind the role guard. */
@Module({
  controllers: [
    ProjectController,
    IntegrationController,
    DeploymentController,
    MemberController,
    KeyController,
  ],
})
export class MembersOnlyModule {}
