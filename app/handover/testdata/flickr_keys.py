# -*- coding: utf-8 -*-
API_KEY = '0123456789abcdef0123456789abcdef'
API_SECRET = "fedcba9876543210"
