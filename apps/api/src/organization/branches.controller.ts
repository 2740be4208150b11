import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { unitRoutes } from './units.controller.js';

@ApiTags('Organization')
@Controller('branches')
export class BranchesController extends unitRoutes('branch', 'branch:manage') {}
