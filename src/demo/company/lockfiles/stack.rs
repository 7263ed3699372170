//! What a project is built with: most draw from everything that their ecosystem has, some from a list of their own.

/// A stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    /// What runs on a server, or in a terminal.
    Server,
    /// What runs in a browser.
    Browser,
    /// What others use; npm's are for browsers or servers.
    Either,
    /// An app on phones, in TypeScript.
    ReactNative,
    /// An app on phones or scanners, in Kotlin.
    Android,
    /// Tests in a browser.
    EndToEnd,
    /// Tests under load.
    Load,
    Notebooks,
    /// Jobs of Airflow.
    Dags,
    /// Models of a warehouse.
    Dbt,
    /// Models that are trained.
    Training,
    /// Data on its way.
    Pipeline,
}

/// What projects of a stack declare.
pub(super) struct Pool {
    /// How many are declared for running and for development by a project of average size.
    pub(super) usual: (f64, f64),
    /// What such a project stands on, each with its chance.
    pub(super) pillars: &'static [(&'static str, f64)],
    /// More for running, popular ones first.
    pub(super) running: &'static [&'static str],
    /// More for development, popular ones first.
    pub(super) development: &'static [&'static str],
    /// Whether packages of the company fit.
    pub(super) has_internal: bool,
}

impl Stack {
    /// The list of its own.
    pub(super) const fn pool(self) -> Option<&'static Pool> {
        match self {
            Self::Server | Self::Browser | Self::Either => None,
            Self::ReactNative => Some(&REACT_NATIVE),
            Self::Android => Some(&ANDROID),
            Self::EndToEnd => Some(&END_TO_END),
            Self::Load => Some(&LOAD),
            Self::Notebooks => Some(&NOTEBOOKS),
            Self::Dags => Some(&DAGS),
            Self::Dbt => Some(&DBT),
            Self::Training => Some(&TRAINING),
            Self::Pipeline => Some(&PIPELINE),
        }
    }

    /// Whether it ends up in an image of its own.
    pub(super) const fn has_image(self) -> bool {
        !matches!(self, Self::ReactNative | Self::Android | Self::Notebooks | Self::Load)
    }
}

const REACT_NATIVE: Pool = Pool {
    usual: (13.0, 9.0),
    pillars: &[("react", 1.0), ("react-native", 1.0), ("typescript", 1.0), ("@react-navigation/native", 0.9), ("jest", 0.9)],
    running: &[
        "@react-navigation/native",
        "react-native-screens",
        "react-native-safe-area-context",
        "@tanstack/react-query",
        "react-native-gesture-handler",
        "zod",
        "@react-native-async-storage/async-storage",
        "zustand",
        "react-native-reanimated",
        "date-fns",
        "i18next",
        "react-i18next",
        "react-hook-form",
        "react-native-svg",
        "axios",
        "@react-native-community/netinfo",
        "react-native-vision-camera",
        "react-native-mmkv",
        "uuid",
        "lodash",
        "immer",
    ],
    development: &[
        "@types/react",
        "eslint",
        "prettier",
        "@babel/core",
        "@react-native/babel-preset",
        "@react-native/metro-config",
        "@testing-library/react-native",
        "@types/jest",
        "@typescript-eslint/parser",
        "@babel/preset-env",
        "@typescript-eslint/eslint-plugin",
        "eslint-config-prettier",
        "husky",
        "lint-staged",
    ],
    has_internal: true,
};

const ANDROID: Pool = Pool {
    usual: (14.0, 4.0),
    pillars: &[
        ("org.jetbrains.kotlin:kotlin-stdlib", 1.0),
        ("androidx.core:core-ktx", 1.0),
        ("androidx.appcompat:appcompat", 0.8),
        ("androidx.activity:activity-compose", 0.85),
        ("androidx.compose.material3:material3", 0.85),
        ("junit:junit", 0.95),
    ],
    running: &[
        "org.jetbrains.kotlinx:kotlinx-coroutines-core",
        "androidx.compose.ui:ui",
        "androidx.lifecycle:lifecycle-viewmodel-ktx",
        "com.squareup.okhttp3:okhttp",
        "com.squareup.retrofit2:retrofit",
        "com.google.dagger:hilt-android",
        "androidx.navigation:navigation-compose",
        "androidx.room:room-runtime",
        "com.squareup.moshi:moshi",
        "androidx.work:work-runtime-ktx",
        "com.jakewharton.timber:timber",
        "androidx.datastore:datastore-preferences",
        "com.google.android.material:material",
        "io.coil-kt:coil-compose",
        "com.google.firebase:firebase-messaging",
        "androidx.camera:camera-camera2",
        "com.google.mlkit:barcode-scanning",
        "com.google.android.gms:play-services-location",
        "com.squareup.retrofit2:converter-moshi",
        "com.google.code.gson:gson",
    ],
    development: &[
        "androidx.test.ext:junit",
        "androidx.test.espresso:espresso-core",
        "io.mockk:mockk",
        "org.robolectric:robolectric",
        "app.cash.turbine:turbine",
        "org.assertj:assertj-core",
    ],
    has_internal: false,
};

const END_TO_END: Pool = Pool {
    usual: (2.5, 7.0),
    pillars: &[("typescript", 1.0), ("@playwright/test", 0.78), ("cypress", 1.0), ("@types/node", 0.9)],
    running: &["dotenv", "zod", "axios", "uuid", "date-fns", "pg", "lodash"],
    development: &[
        "eslint",
        "prettier",
        "@faker-js/faker",
        "allure-playwright",
        "@axe-core/playwright",
        "@typescript-eslint/parser",
        "@typescript-eslint/eslint-plugin",
        "eslint-config-prettier",
        "tsx",
        "cross-env",
        "rimraf",
        "husky",
        "lint-staged",
    ],
    has_internal: false,
};

const LOAD: Pool = Pool {
    usual: (1.5, 4.5),
    pillars: &[("@types/k6", 1.0), ("esbuild", 0.8)],
    running: &["dotenv", "uuid", "papaparse", "date-fns"],
    development: &["eslint", "prettier", "typescript", "@faker-js/faker", "cross-env", "concurrently", "rimraf"],
    has_internal: false,
};

const NOTEBOOKS: Pool = Pool {
    usual: (9.0, 2.5),
    pillars: &[("pandas", 1.0), ("jupyterlab", 0.85), ("ipykernel", 0.9), ("numpy", 0.9), ("matplotlib", 0.8)],
    running: &[
        "seaborn",
        "scikit-learn",
        "pyarrow",
        "sqlalchemy",
        "scipy",
        "plotly",
        "duckdb",
        "psycopg2-binary",
        "boto3",
        "statsmodels",
        "requests",
        "tqdm",
        "polars",
        "papermill",
        "lightgbm",
        "streamlit",
    ],
    development: &["ruff", "black", "nbstripout", "pre-commit", "pytest", "nbconvert", "isort"],
    has_internal: false,
};

const DAGS: Pool = Pool {
    usual: (9.0, 4.0),
    pillars: &[
        ("apache-airflow", 1.0),
        ("apache-airflow-providers-postgres", 0.8),
        ("apache-airflow-providers-amazon", 0.7),
        ("pytest", 0.9),
    ],
    running: &[
        "pandas",
        "boto3",
        "requests",
        "sqlalchemy",
        "pydantic",
        "apache-airflow-providers-cncf-kubernetes",
        "apache-airflow-providers-slack",
        "pyarrow",
        "psycopg2-binary",
        "tenacity",
        "structlog",
        "jinja2",
        "pyyaml",
    ],
    development: &["ruff", "mypy", "black", "pytest-mock", "pre-commit", "pytest-cov", "moto", "types-requests", "types-pyyaml"],
    has_internal: true,
};

const DBT: Pool = Pool {
    usual: (3.5, 3.0),
    pillars: &[("dbt-core", 1.0), ("dbt-snowflake", 0.55), ("dbt-postgres", 0.6)],
    running: &["boto3", "pyyaml", "requests", "pandas", "click"],
    development: &["sqlfluff", "pre-commit", "ruff", "pytest", "black"],
    has_internal: false,
};

const TRAINING: Pool = Pool {
    usual: (10.0, 4.5),
    pillars: &[("scikit-learn", 0.9), ("pandas", 1.0), ("mlflow", 0.85), ("numpy", 0.95), ("pytest", 0.9)],
    running: &[
        "lightgbm",
        "pyarrow",
        "boto3",
        "pydantic",
        "xgboost",
        "torch",
        "tqdm",
        "optuna",
        "typer",
        "pyyaml",
        "matplotlib",
        "scipy",
        "structlog",
        "polars",
        "sqlalchemy",
        "requests",
    ],
    development: &["ruff", "mypy", "pytest-cov", "black", "pre-commit", "ipykernel", "pytest-mock", "isort"],
    has_internal: true,
};

const PIPELINE: Pool = Pool {
    usual: (8.5, 4.5),
    pillars: &[("pandas", 0.85), ("pyarrow", 0.75), ("pytest", 0.95)],
    running: &[
        "sqlalchemy",
        "boto3",
        "pydantic",
        "requests",
        "psycopg2-binary",
        "structlog",
        "polars",
        "numpy",
        "click",
        "tenacity",
        "great-expectations",
        "kafka-python",
        "python-dotenv",
        "pydantic-settings",
        "orjson",
        "duckdb",
        "pyyaml",
        "httpx",
        "sentry-sdk",
        "prometheus-client",
        "jinja2",
        "lxml",
        "typer",
        "google-cloud-storage",
        "opentelemetry-sdk",
        "cryptography",
    ],
    development: &[
        "ruff",
        "mypy",
        "pytest-cov",
        "black",
        "pytest-mock",
        "pre-commit",
        "moto",
        "types-requests",
        "coverage",
        "freezegun",
        "types-pyyaml",
        "isort",
        "faker",
    ],
    has_internal: true,
};
