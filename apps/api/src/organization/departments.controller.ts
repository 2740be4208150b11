import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { unitRoutes } from './units.controller.js';

@ApiTags('Organization')
@Controller('departments')
export class DepartmentsController extends unitRoutes('department', 'department:manage') {}
