//! Packages of PyPI. The form is told in [`super::list`].

/// Popular ones first.
pub(super) const PACKAGES: &str = "
r requests 2.32.5 1 Apache-2.0 : certifi charset-normalizer idna urllib3
d pytest 9.0.1<8.4.2<7.4.4 2 MIT : iniconfig packaging pluggy pygments
r pydantic 2.12.4<1.10.24 2 MIT : annotated-types pydantic-core typing-extensions typing-inspection
r fastapi 0.121.3 3 MIT : annotated-doc pydantic starlette typing-extensions
r numpy 2.3.5<1.26.4 2 BSD-3-Clause :
r pandas 2.3.3<1.5.3 1 BSD-3-Clause : numpy python-dateutil pytz tzdata
r uvicorn 0.38.0 2 BSD-3-Clause : click h11
d ruff 0.14.6 4 MIT :
d mypy 1.18.2 2 MIT : mypy-extensions pathspec typing-extensions
r sqlalchemy 2.0.44<1.4.54 2 MIT : greenlet typing-extensions
r boto3 1.41.2 4 Apache-2.0 : botocore jmespath s3transfer
d black 25.11.0 2 MIT : click mypy-extensions packaging pathspec platformdirs pytokens
r django 5.2.8~<4.2.26<3.2.25 2 BSD-3-Clause : asgiref sqlparse
d pytest-cov 7.0.0 1 MIT : coverage pluggy pytest
r httpx 0.28.1 1 BSD-3-Clause : anyio certifi httpcore idna
r pyyaml 6.0.3 0 MIT :
r redis 7.1.0<6.4.0<5.3.1<4.6.0 2 MIT :
r celery 5.5.3 1 BSD-3-Clause : billiard click click-didyoumean click-plugins click-repl kombu python-dateutil vine
r flask 3.1.2<2.3.3 1 BSD-3-Clause : blinker click itsdangerous jinja2 markupsafe werkzeug
r psycopg2-binary 2.9.11 1 LGPL-3.0-or-later :
r alembic 1.17.2 2 MIT : mako sqlalchemy typing-extensions
r python-dotenv 1.2.1 1 BSD-3-Clause :
r pydantic-settings 2.12.0 2 MIT : pydantic python-dotenv typing-inspection
r gunicorn 23.0.0<22.0.0<21.2.0<20.1.0 1 MIT : packaging
r prometheus-client 0.23.1 1 Apache-2.0 :
r jinja2 3.1.6 1 BSD-3-Clause : markupsafe
r aiohttp 3.13.2 2 Apache-2.0 : aiohappyeyeballs aiosignal attrs frozenlist multidict propcache yarl
r structlog 25.5.0 1 MIT :
d pytest-asyncio 1.3.0 2 Apache-2.0 : pytest typing-extensions
d pytest-mock 3.15.1 1 MIT : pytest
r scikit-learn 1.7.2 1 BSD-3-Clause : joblib numpy scipy threadpoolctl
r sentry-sdk 2.45.0 3 MIT : certifi urllib3
r click 8.3.1 1 BSD-3-Clause :
r cryptography 46.0.3<45.0.7<44.0.3<43.0.3<42.0.8<41.0.7 2 Apache-2.0 : cffi
r djangorestframework 3.16.1 1 BSD-3-Clause : django
r typer 0.20.0 2 MIT : click rich shellingham typing-extensions
r rich 14.2.0 2 MIT : markdown-it-py pygments
r tenacity 9.1.2 1 Apache-2.0 :
r pyjwt 2.10.1 1 MIT :
r kafka-python 2.3.0 1 Apache-2.0 :
r opentelemetry-sdk 1.38.0 2 Apache-2.0 : opentelemetry-api opentelemetry-semantic-conventions typing-extensions
r opentelemetry-api 1.38.0 2 Apache-2.0 : importlib-metadata typing-extensions
r opentelemetry-instrumentation-fastapi 0.59.0 2 Apache-2.0 : opentelemetry-api opentelemetry-instrumentation opentelemetry-instrumentation-asgi opentelemetry-semantic-conventions
r asyncpg 0.31.0 1 Apache-2.0 :
r matplotlib 3.10.7 1 PSF-2.0 : contourpy cycler fonttools kiwisolver numpy packaging pillow pyparsing python-dateutil
r scipy 1.16.3 1 BSD-3-Clause : numpy
r pyarrow 22.0.0 2 Apache-2.0 :
r orjson 3.11.4 2 Apache-2.0 :
r beautifulsoup4 4.14.2 1 MIT : soupsieve typing-extensions
r lxml 6.0.2 1 BSD-3-Clause :
r python-multipart 0.0.20 1 Apache-2.0 :
r marshmallow 4.1.0 2 MIT :
r pillow 12.0.0 2 MIT-CMU :
r openai 2.8.1 4 Apache-2.0 : anyio distro httpx jiter pydantic sniffio tqdm typing-extensions
r tqdm 4.67.1 1 MPL-2.0 :
r streamlit 1.51.0 2 Apache-2.0 : altair blinker cachetools click gitpython numpy packaging pandas pillow protobuf pyarrow pydeck requests tenacity toml tornado typing-extensions
r grpcio 1.76.0 2 Apache-2.0 : typing-extensions
r protobuf 6.33.1 2 BSD-3-Clause :
r google-cloud-storage 3.6.0 2 Apache-2.0 : google-api-core google-auth google-cloud-core google-crc32c google-resumable-media requests
o apache-airflow 3.1.3<2.11.0 2 Apache-2.0 : alembic cron-descriptor cryptography deprecated flask gunicorn httpx jinja2 lazy-object-proxy pendulum pluggy psutil pygments pyjwt python-slugify rich sqlalchemy tabulate termcolor
o dbt-core 1.10.15 2 Apache-2.0 : agate click jinja2 jsonschema networkx pathspec protobuf pydantic pytz pyyaml requests sqlparse
r psycopg 3.2.13 2 LGPL-3.0-only : typing-extensions tzdata
r elasticsearch 9.2.0 2 Apache-2.0 : elastic-transport python-dateutil typing-extensions
r pymongo 4.15.4 2 Apache-2.0 : dnspython
r passlib 1.7.4 0 BSD-2-Clause x :
r toml 0.10.2 0 MIT x :
r nose 1.3.7 0 LGPL-2.1-or-later x :
d pre-commit 4.5.0 1 MIT : cfgv identify nodeenv pyyaml virtualenv
d isort 7.0.0 1 MIT :
d flake8 7.3.0 1 MIT : mccabe pycodestyle pyflakes
d coverage 7.12.0 2 Apache-2.0 :
d types-requests 2.32.4 1 Apache-2.0 : urllib3
d types-pyyaml 6.0.12 1 Apache-2.0 :
d freezegun 1.5.5 1 Apache-2.0 : python-dateutil
d factory-boy 3.3.3 0 MIT : faker
d faker 38.2.0 3 MIT : tzdata
d pytest-xdist 3.8.0 1 MIT : execnet pytest
d respx 0.22.0 0 BSD-3-Clause : httpx
d moto 5.1.17 2 Apache-2.0 : boto3 botocore cryptography jinja2 python-dateutil requests responses werkzeug xmltodict
d responses 0.25.8 1 Apache-2.0 : pyyaml requests urllib3
d tox 4.32.0 2 MIT : cachetools chardet colorama filelock packaging platformdirs pluggy virtualenv
d bandit 1.9.1 1 Apache-2.0 : pyyaml rich stevedore
t certifi date 2 MPL-2.0 :
t charset-normalizer 3.4.4 1 MIT :
t idna 3.11~ 1 BSD-3-Clause :
t urllib3 2.5.0<1.26.20 1 MIT :
t iniconfig 2.3.0 0 MIT :
t packaging 25.0~ 1 Apache-2.0 :
t pluggy 1.6.0 0 MIT :
t pygments 2.19.2 1 BSD-2-Clause :
t annotated-types 0.7.0 0 MIT : typing-extensions
t typing-inspection 0.4.2 0 MIT : typing-extensions
t annotated-doc 0.0.4 0 MIT : typing-extensions
t pydantic-core 2.41.5 2 MIT : typing-extensions
t typing-extensions 4.15.0 1 PSF-2.0 :
t starlette 0.50.0 2 BSD-3-Clause : anyio
t anyio 4.11.0 1 MIT : idna sniffio
t sniffio 1.3.1 0 MIT :
t h11 0.16.0 0 BSD-3-Clause : certifi
t httpcore 1.0.9 0 BSD-3-Clause : certifi
t python-dateutil 2.9.0 0 Apache-2.0 : six
t six 1.17.0 0 MIT :
t {pytz,tzdata} date 1 MIT :
t mypy-extensions 1.1.0 1 MIT :
t pathspec 0.12.1 1 MIT :
t pytokens 0.3.0 1 MIT :
t platformdirs 4.5.0 1 MIT :
t filelock 3.20.0 1 MIT :
t distlib 0.4.0 1 MIT :
t distro 1.9.0 1 MIT :
t greenlet 3.2.4 1 MIT :
t botocore 1.41.2 4 Apache-2.0 : jmespath python-dateutil urllib3
t jmespath 1.0.1 0 MIT :
t xmltodict 1.0.2 0 MIT :
t termcolor 3.2.0 0 MIT :
t tabulate 0.9.0 0 MIT :
t vine 5.1.0 0 MIT :
t billiard 4.2.2 0 MIT :
t s3transfer 0.15.0 2 Apache-2.0 : botocore
t asgiref 3.10.0 1 BSD-3-Clause :
t sqlparse 0.5.3 1 BSD-3-Clause :
t blinker 1.9.0 1 BSD-3-Clause :
t itsdangerous 2.2.0 1 BSD-3-Clause :
t markupsafe 3.0.3 1 BSD-3-Clause :
t mako 1.3.10 1 BSD-3-Clause :
t werkzeug 3.1.3<2.3.8 1 BSD-3-Clause : markupsafe
t {click-didyoumean,click-plugins,click-repl} 0.3.1 0 MIT : click
t kombu 5.5.4 1 BSD-3-Clause : amqp packaging tzdata vine
t amqp 5.3.1 0 BSD-3-Clause : vine
t aiohappyeyeballs 2.6.1 1 Apache-2.0 :
t frozenlist 1.8.0 1 Apache-2.0 :
t multidict 6.7.0 1 Apache-2.0 :
t propcache 0.4.1 1 Apache-2.0 :
t attrs 25.4.0 1 Apache-2.0 :
t aiosignal 1.4.0 0 Apache-2.0 : frozenlist typing-extensions
t yarl 1.22.0 1 Apache-2.0 : idna multidict propcache
t joblib 1.5.2 1 BSD-3-Clause :
t threadpoolctl 3.6.0 1 BSD-3-Clause :
t networkx 3.5~ 1 BSD-3-Clause :
t kiwisolver 1.4.9 1 BSD-3-Clause :
t cycler 0.12.1 1 BSD-3-Clause :
t pyparsing 3.2.5 1 BSD-3-Clause :
t contourpy 1.3.3 1 BSD-3-Clause : numpy
t fonttools 4.60.1 2 MIT :
t cffi 2.0.0 0 MIT : pycparser
t pycparser 2.23~ 0 BSD-3-Clause :
t shellingham 1.5.4 0 MIT :
t mdurl 0.1.2 0 MIT :
t soupsieve 2.8~ 0 MIT :
t lazy-object-proxy 1.12.0 0 MIT :
t colorama 0.4.6 0 MIT :
t chardet 5.2.0 0 MIT :
t smmap 5.0.2 0 MIT :
t markdown-it-py 4.0.0 1 MIT : mdurl
t importlib-metadata 8.7.0 1 Apache-2.0 : zipp
t zipp 3.23.0 1 MIT :
t opentelemetry-semantic-conventions 0.59.0 2 Apache-2.0 : opentelemetry-api typing-extensions
t opentelemetry-instrumentation 0.59.0 2 Apache-2.0 : opentelemetry-api opentelemetry-semantic-conventions packaging wrapt
t opentelemetry-instrumentation-asgi 0.59.0 2 Apache-2.0 : asgiref opentelemetry-api opentelemetry-instrumentation
t wrapt 1.17.3 1 BSD-2-Clause :
t deprecated 1.3.1 0 MIT : wrapt
t jiter 0.12.0 2 MIT :
t altair 5.5.0 1 BSD-3-Clause : jinja2 numpy typing-extensions
t pydeck 0.9.1 1 BSD-3-Clause : jinja2 numpy typing-extensions
t gitpython 3.1.45 1 BSD-3-Clause : gitdb
t gitdb 4.0.12 0 BSD-3-Clause : smmap
t cachetools 6.2.2 1 MIT :
t tornado 6.5.2 1 MIT :
t psutil 7.1.3 1 MIT :
t dnspython 2.8.0 1 MIT :
t google-auth 2.43.0 2 Apache-2.0 : cachetools pyasn1-modules rsa
t google-api-core 2.28.1 2 Apache-2.0 : google-auth googleapis-common-protos proto-plus protobuf requests
t google-cloud-core 2.5.0 0 Apache-2.0 : google-api-core google-auth
t googleapis-common-protos 1.72.0 1 Apache-2.0 : protobuf
t proto-plus 1.26.1 1 Apache-2.0 : protobuf
t google-crc32c 1.7.1 0 Apache-2.0 :
t pyasn1 0.6.1 0 Apache-2.0 :
t google-resumable-media 2.8.0 0 Apache-2.0 : google-crc32c
t pyasn1-modules 0.4.2 0 Apache-2.0 : pyasn1
t rsa 4.9.1 0 Apache-2.0 : pyasn1
t agate 1.9.1 1 MIT : python-dateutil
t cron-descriptor 2.0.6 1 MIT : python-dateutil
t python-slugify 8.0.4 1 MIT : python-dateutil
t pendulum 3.1.0 1 MIT : python-dateutil
t jsonschema 4.25.1 1 MIT : attrs jsonschema-specifications referencing rpds-py
t jsonschema-specifications 2025.9.1 1 MIT : attrs
t referencing 0.37.0 1 MIT : attrs
t rpds-py 0.29.0 1 MIT : attrs
t elastic-transport 9.2.0 1 Apache-2.0 : certifi urllib3
t cfgv 3.5.0 1 MIT :
t identify 2.6.15 1 MIT :
t nodeenv 1.9.1 1 MIT :
t mccabe 0.7.0 1 MIT :
t pycodestyle 2.14.0 1 MIT :
t pyflakes 3.4.0 1 MIT :
t execnet 2.1.2 1 MIT :
t stevedore 5.6.0 1 MIT :
t virtualenv 20.35.4 2 MIT : distlib filelock platformdirs
o jupyterlab 4.5.0 2 BSD-3-Clause : httpx ipykernel jinja2 packaging tornado
o ipykernel 7.1.0<6.31.0 2 BSD-3-Clause : packaging psutil tornado
o seaborn 0.13.2 0 BSD-3-Clause : matplotlib numpy pandas
o plotly 6.5.0<5.24.1 2 MIT : packaging
o duckdb 1.4.2 2 MIT :
o statsmodels 0.14.5 0 BSD-3-Clause : numpy packaging pandas scipy
o papermill 2.6.0 0 BSD-3-Clause : click pyyaml requests tenacity tqdm
o polars 1.35.2 4 MIT :
o lightgbm 4.6.0 0 MIT : numpy scipy
o xgboost 3.1.2<2.1.4 1 Apache-2.0 : numpy scipy
o torch 2.9.1 1 BSD-3-Clause : filelock jinja2 networkx typing-extensions
o optuna 4.6.0<3.6.2 1 MIT : alembic numpy packaging pyyaml sqlalchemy tqdm
o mlflow 3.6.0<2.22.2 3 Apache-2.0 : alembic flask gunicorn matplotlib numpy pandas pyarrow scikit-learn scipy sqlalchemy
o great-expectations 1.9.0<0.18.22 2 Apache-2.0 : cryptography jinja2 jsonschema numpy pandas pydantic requests tqdm
o apache-airflow-providers-postgres 6.4.0<5.14.0 2 Apache-2.0 : apache-airflow psycopg2-binary
o apache-airflow-providers-amazon 9.16.0<8.29.0 3 Apache-2.0 : apache-airflow boto3 jmespath
o apache-airflow-providers-cncf-kubernetes 10.9.0<8.4.2 2 Apache-2.0 : apache-airflow asgiref cryptography
o apache-airflow-providers-slack 9.5.0<8.9.2 1 Apache-2.0 : apache-airflow
o dbt-postgres 1.9.1 1 Apache-2.0 : agate dbt-core psycopg2-binary
o dbt-snowflake 1.10.3 2 Apache-2.0 : agate dbt-core
e nbstripout 0.8.2 0 MIT :
e nbconvert 7.16.6 0 BSD-3-Clause : beautifulsoup4 jinja2 packaging pygments
e sqlfluff 3.5.0<2.3.5 1 MIT : click jinja2 pathspec pyyaml tqdm
";
