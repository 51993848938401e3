// SPDX-License-Identifier: Apache-2.0
// What the check of layout must find.
int  badly_laid_out( int x ){return x;}
